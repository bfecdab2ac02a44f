// Package browser drives a headless Chromium in tests: a page is what a user sees there, scripts and policies included.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Tab is a tab, and what its console complains about.
type Tab struct {
	context.Context
	t          testing.TB
	mu         sync.Mutex
	complaints []string
}

// Open starts a browser with one tab that ends with the test; the test is skipped where there is no Chromium, and among short tests.
func Open(t testing.TB) *Tab {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes long, and the tests are to be short")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		t.Skip("there is no Chromium on this machine; install it to test the pages")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1300, 1800))
	allocated, cancelAll := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancelAll)
	return newTab(t, allocated)
}

// Another is one more tab of the same browser.
func (b *Tab) Another() *Tab { return newTab(b.t, b.Context) }

func newTab(t testing.TB, parent context.Context) *Tab {
	b := &Tab{t: t}
	tab, cancelTab := chromedp.NewContext(parent, chromedp.WithListener(func(event any) {
		switch e := event.(type) {
		case *cdplog.EventEntryAdded:
			b.complain(e.Entry.Text)
		case *runtime.EventExceptionThrown:
			b.complain(e.ExceptionDetails.Text)
		case *page.EventJavascriptDialogOpening:
			b.complain("a dialog: " + e.Message)
		}
	}))
	t.Cleanup(cancelTab)
	b.Context = tab
	return b
}

func (b *Tab) complain(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, text)
}

// Do runs actions that must succeed. One that found its element just before the page was another one is done again.
func (b *Tab) Do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	for _, action := range actions {
		err := chromedp.Do(b, action)
		for again := 0; err != nil && strings.Contains(err.Error(), "Could not find node with given id") && again < 5; again++ {
			err = chromedp.Do(b, action)
		}
		if err != nil {
			b.t.Fatalf("%v; the console says %q", err, b.complaints)
		}
	}
}

// Until waits for a condition in the page, which may be left for another meanwhile.
func (b *Tab) Until(expression string) {
	b.t.Helper()
	var err error
	for give := time.Now().Add(time.Minute); time.Now().Before(give); time.Sleep(20 * time.Millisecond) {
		var holds bool
		if holds, err = chromedp.Run(b, chromedp.Evaluate[bool](expression)); err == nil && holds {
			return
		}
	}
	shown, _ := chromedp.Run(b, chromedp.Evaluate[string](`location.href + ': ' + document.body?.innerText.replace(/\s+/g, ' ').slice(0, 1500)`))
	b.t.Fatalf("a minute passed before %s (%v); the console says %q; the page is %s", expression, err, b.complaints, shown)
}

// Click presses the mouse on an element once the page is whole and the element has stopped moving, as a person would.
func Click(selector string) chromedp.Action[chromedp.Void] {
	still := chromedp.Evaluate[bool](fmt.Sprintf(`(async () => {
		let before = '';
		for (let frame = 0; frame < 300; frame++) {
			await new Promise(requestAnimationFrame);
			const at = document.readyState === 'complete' && JSON.stringify(document.querySelector(%q)?.getBoundingClientRect());
			if (at && at === before) return true;
			before = at;
		}
		return false;
	})()`, selector), chromedp.EvalAwaitPromise)
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if is, err := still(ctx, t); err == nil && !is {
			return fmt.Errorf("%s is not there, or moves all the time", selector)
		} // an error is a page that is just left for another: chromedp waits for that one
		_, err := chromedp.Click(selector)(ctx, t)
		return err
	})
}

// Hold keeps the answer back to what the page asks for next at an address with a given part, so that a test can do something
// between question and answer. It returns when the answer is there; Release lets the page have it.
func (b *Tab) Hold(part string, cause func()) {
	b.t.Helper()
	b.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const ask = window.fetch;
		window.release = null;
		window.fetch = async (address, how) => {
			const answer = await ask(address, how);
			if (window.release || !String(address).includes(%q)) return answer;
			return new Promise((give, fail) => {
				window.release = () => { window.fetch = ask; give(answer); };
				how?.signal?.addEventListener('abort', () => fail(how.signal.reason));
			});
		};
	})()`, part)))
	cause()
	b.Until(`Boolean(window.release)`)
}

// Release lets go of the answer that Hold keeps back.
func (b *Tab) Release() {
	b.t.Helper()
	b.Do(chromedp.Evaluate[chromedp.Void](`window.release()`))
}

// Read runs an action that answers.
func Read[T any](b *Tab, action chromedp.Action[T]) T {
	b.t.Helper()
	value, err := chromedp.Run(b, action)
	if err != nil {
		b.t.Fatalf("%v; the console says %q", err, b.complaints)
	}
	return value
}

// Complaints are what the console has complained about since the last time.
func (b *Tab) Complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	said := b.complaints
	b.complaints = nil
	return said
}

// Silent fails the test if the console complained, of anything but what is expected: a script failed, or the policy refused something.
func (b *Tab) Silent(expected ...string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, said := range b.complaints {
		if !slices.ContainsFunc(expected, func(part string) bool { return strings.Contains(said, part) }) {
			b.t.Errorf("the console complains: %q", said)
		}
	}
}

// Scheme makes pages believe that the reader wants the light or the dark.
func Scheme(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
		})
		return err
	})
}

// Focused makes a page believe that its window has the focus.
func Focused() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	})
}

// Picture keeps a screenshot where INKSTONE_SCREENSHOTS names a folder.
func (b *Tab) Picture(name string) {
	b.t.Helper()
	dir := os.Getenv("INKSTONE_SCREENSHOTS")
	if dir == "" {
		return
	}
	png := Read(b, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
