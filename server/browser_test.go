package server

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"inkstone/tracker"
)

// browser opens a tab of a headless Chromium, and collects what its console complains about.
type browser struct {
	context.Context
	t          *testing.T
	mu         sync.Mutex
	complaints []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
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
	b := &browser{t: t}
	tab, cancelTab := chromedp.NewContext(allocated, chromedp.WithListener(func(event any) {
		switch e := event.(type) {
		case *cdplog.EventEntryAdded:
			b.complain(e.Entry.Text)
		case *runtime.EventExceptionThrown:
			b.complain(e.ExceptionDetails.Text)
		}
	}))
	t.Cleanup(func() { cancelTab(); cancelAll() })
	b.Context = tab
	return b
}

func (b *browser) complain(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, text)
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b, actions...); err != nil {
		b.t.Fatalf("%v; the console says %q", err, b.complaints)
	}
}

// until waits for a condition in the page, which may be left for another meanwhile.
func (b *browser) until(expression string) {
	b.t.Helper()
	var err error
	for give := time.Now().Add(time.Minute); time.Now().Before(give); time.Sleep(20 * time.Millisecond) {
		var holds bool
		if holds, err = chromedp.Run(b, chromedp.Evaluate[bool](expression)); err == nil && holds {
			return
		}
	}
	b.t.Fatalf("a minute passed before %s (%v); the console says %q", expression, err, b.complaints)
}

// read runs an action that answers.
func read[T any](b *browser, action chromedp.Action[T]) T {
	b.t.Helper()
	value, err := chromedp.Run(b, action)
	if err != nil {
		b.t.Fatalf("%v; the console says %q", err, b.complaints)
	}
	return value
}

// silent fails the test if the console complained: a script failed, or the policy refused something.
func (b *browser) silent() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		b.t.Errorf("the console complains: %q", b.complaints)
	}
}

// picture keeps a screenshot where INKSTONE_SCREENSHOTS names a folder.
func (b *browser) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("INKSTONE_SCREENSHOTS")
	if dir == "" {
		return
	}
	png := read(b, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func TestAPointArrivesWithoutReloading(t *testing.T) {
	web := newBrowser(t)
	b := newBench(t, "other")
	a, r := b.train("baseline/1")
	b.must(r.Log(1, map[string]float64{"val/loss": 3}))
	_, err := r.Flush(t.Context())
	b.must(err)

	web.do(chromedp.Navigate(b.server.URL + "/experiments/study"))
	web.until(`document.getElementById('connection').textContent === 'live'`)
	web.until(`document.querySelector('[data-figure=curves] img').naturalWidth > 0`)
	before := read(web, chromedp.Evaluate[string](`window.notReloaded = true; document.querySelector('[data-figure=curves] img').src`))

	b.must(r.Log(2, map[string]float64{"val/loss": 1.2345}))
	_, err = r.Flush(t.Context())
	b.must(err)
	web.until(`document.getElementById('runs').textContent.includes('1.2345')`)
	web.until(fmt.Sprintf(`document.querySelector('[data-figure=curves] img').src !== %q`, before))
	web.until(`document.querySelector('[data-figure=curves] img').naturalWidth > 0`)
	b.must(a.End(t.Context(), tracker.Finished, ""))
	web.until(`document.querySelectorAll('#plan .state.finished').length === 1`)

	if !read(web, chromedp.Evaluate[bool](`window.notReloaded === true`)) {
		t.Error("the page was loaded again")
	}
	web.picture("experiment-live")
	web.silent()
}

func TestTableAttentionAndLogAreSeen(t *testing.T) {
	web := newBrowser(t)
	b := newBench(t, "other")
	b.finish()
	web.do(chromedp.Navigate(b.server.URL + "/experiments/study"))
	table := read(web, chromedp.Text("#table table"))
	if !strings.Contains(table, "other") || !strings.Contains(table, "unresolved") {
		t.Errorf("got table %q", table)
	}
	web.picture("experiment")
	web.do(chromedp.Navigate(b.server.URL + "/runs/" + b.runs["other/1"].ID))
	log := read(web, chromedp.Text("#log pre"))
	web.until(`document.querySelector('[data-figure=attention] img').naturalWidth > 100`)
	if !strings.Contains(log, "red <script>alert(1)</script>") {
		t.Errorf("got log %q", log)
	}
	web.picture("run")
	web.silent()

	t.Run("keys walk through the maps", func(t *testing.T) {
		web.do(chromedp.Focus("figure.map"), chromedp.KeyEvent("]"))
		web.until(`location.search.includes('head=1') && document.querySelector('figure.map figcaption').textContent.includes('head 1')`)
		web.silent()
	})
	t.Run("a narrow screen needs no sideways scrolling", func(t *testing.T) {
		for _, page := range []string{"/", "/experiments/study", "/runs/" + b.runs["other/1"].ID} {
			web.do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(b.server.URL+page))
			if width := read(web, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); width > 360 {
				t.Errorf("%s is %d pixels wide on a screen of 360", page, width)
			}
		}
		web.picture("narrow")
	})
}

func TestAPageComesBackAfterTheServerWas(t *testing.T) {
	web := newBrowser(t)
	b := newBench(t, "other")
	web.do(chromedp.Navigate(b.server.URL + "/"))
	web.until(`document.getElementById('connection').textContent === 'live'`)
	b.server.CloseClientConnections()
	web.until(`document.getElementById('connection').textContent === 'live'`)
	a, _ := b.train("other/1")
	web.until(`document.getElementById('experiments').textContent.includes('1 running')`)
	b.must(a.End(t.Context(), tracker.Stopped, "enough"))
	web.until(`document.getElementById('experiments').textContent.includes('1 stopped')`)
}
