package server

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"inkstone/internal/browser"
	"inkstone/internal/specimen"
	"inkstone/tracker"
)

// reader is somebody at a browser who looks at a made-up store.
type reader struct {
	*browser.Tab
	t     *testing.T
	store *specimen.Store
	home  string // the server's address
}

func newReader(t *testing.T) *reader {
	t.Helper()
	web := browser.Open(t)
	store, _, home := servedSpecimen(t)
	return &reader{web, t, store, home}
}

// open goes to a page and waits until it is alive.
func (r *reader) open(path string) {
	r.t.Helper()
	r.Do(chromedp.Navigate(r.home + path))
	r.Until(`document.getElementById('connection').textContent === 'live'`)
}

// press types keys at whatever has the focus.
func (r *reader) press(keys ...string) {
	r.t.Helper()
	for _, key := range keys {
		r.Do(chromedp.KeyEvent(key))
	}
}

func (r *reader) ctrl(key string) {
	r.t.Helper()
	r.Do(chromedp.KeyEvent(key, chromedp.KeyModifiers(2)))
}

func (r *reader) click(selector string) {
	r.t.Helper()
	r.Until(fmt.Sprintf(`document.querySelector(%q) !== null`, selector))
	r.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%q).click()`, selector)))
}

// at waits until the page's path is this.
func (r *reader) at(path string) {
	r.t.Helper()
	r.Until(fmt.Sprintf(`location.pathname === %q && document.readyState === 'complete'`, path))
}

func TestUse(t *testing.T) {
	r := newReader(t)
	r.Do(chromedp.EmulateViewport(1300, 900))
	for _, part := range []struct {
		name string
		does func(*testing.T, *reader)
	}{
		{"the palette jumps to an experiment", paletteJumps}, {"the palette offers what the page has", paletteOffers}, {"the palette keeps what was walked to", paletteKeeps},
		{"keys walk and go", keysWalk}, {"the help lists keys and switches letters off", helpLists},
		{"colours are chosen in place and stay", coloursStay}, {"a note is written, shown and kept", noteIsKept},
		{"a run is excluded", runIsExcluded}, {"an experiment is stopped and goes on", experimentStops},
		{"who asked is notified", readerIsNotified},
		{"what a reader does survives a refresh", readerIsNotDisturbed}, {"a press becomes a click over a refresh", pressBecomesAClick}, {"the plan is walked by arrows", planIsWalked},
		{"no page needs sideways scrolling at 360 px", nothingIsTooWide},
	} {
		t.Run(part.name, func(t *testing.T) {
			r.t = t
			part.does(t, r)
			r.Silent()
		})
	}
}

func paletteJumps(_ *testing.T, r *reader) {
	r.open("/runs")
	r.ctrl("k")
	r.Until(`document.querySelector('dialog.palette[open] input') === document.activeElement`)
	r.press("t", "n", "g", "p")
	r.Until(`document.querySelector('#palette-options [aria-selected=true] .label')?.textContent === 'tang-poems'`)
	r.Picture("palette")
	r.press(kb.Enter)
	r.at("/experiments/tang-poems")
}

func paletteOffers(t *testing.T, r *reader) {
	r.open("/experiments/copying")
	r.click("[data-opens=palette]")
	r.press("a", "c", "c", "u")
	r.Until(`[...document.querySelectorAll('#palette-options .label')].some((l) => l.textContent === 'val/accuracy')`)
	if role := browser.Read(r.Tab, chromedp.Evaluate[string](`document.activeElement.getAttribute('role') + ' ' + document.getElementById(document.activeElement.getAttribute('aria-activedescendant')).getAttribute('role')`)); role != "combobox option" {
		t.Errorf("the focus is on %q", role)
	}
	r.press(kb.Enter)
	r.Until(`location.search.includes('metric=val%2Faccuracy')`)
	r.open("/experiments/copying")
	r.ctrl("k")
	for _, letter := range "one-head/4" {
		r.press(string(letter))
	}
	r.Until(`document.querySelector('#palette-options [aria-selected=true] .label')?.textContent === 'copying/one-head/4'`)
	r.press(kb.ArrowDown, kb.ArrowUp, kb.Enter)
	r.at("/runs/" + r.store.Runs["copying/one-head/4"].ID)
}

func paletteKeeps(t *testing.T, r *reader) {
	r.open("/experiments/copying")
	r.ctrl("k")
	r.Until(`document.querySelectorAll('#palette-options .kind').length > 0`)
	r.Hold("/api/palette", func() { r.press("a") })
	r.press(kb.ArrowDown)
	marked := `document.querySelector('#palette-options [aria-selected=true] .label').textContent`
	walked := browser.Read(r.Tab, chromedp.Evaluate[string](`window.drawn = document.querySelector('#palette-options li'); `+marked))
	r.Release()
	r.Until(`!window.drawn.isConnected`)
	if now := browser.Read(r.Tab, chromedp.Evaluate[string](marked)); now != walked {
		t.Errorf("%q was walked to, and %q is marked", walked, now)
	}
	r.press(kb.Escape)
}

func keysWalk(_ *testing.T, r *reader) {
	r.open("/")
	r.press("j")
	r.Until(`document.activeElement.closest('[data-row]') === document.querySelectorAll('[data-row]')[0]`)
	r.press("j", "j", "k")
	r.Until(`document.activeElement.closest('[data-row]') === document.querySelectorAll('[data-row]')[1]`)
	path := browser.Read(r.Tab, chromedp.Evaluate[string](`new URL(document.activeElement.href).pathname`))
	r.press(kb.Enter)
	r.at(path)
	r.press("g", "r")
	r.at("/runs")
	r.press("/")
	r.Until(`document.activeElement.matches('input')`)
	r.press("g", "h") // is written, and goes nowhere
	r.Until(`document.activeElement.value.endsWith('gh') && location.pathname === '/runs'`)
}

func helpLists(t *testing.T, r *reader) {
	r.open("/experiments/copying")
	r.press("?")
	r.Until(`document.querySelector('dialog.help[open]') !== null`)
	r.Picture("help")
	for _, label := range []string{"next row", "jump to anything", "go to Runs", "edit the note", "walk through the plan"} {
		r.Until(fmt.Sprintf(`[...document.querySelectorAll('dialog.help dd')].filter((d) => d.textContent === %q).length === 1`, label))
	}
	r.click("dialog.help input")
	r.press(kb.Escape)
	r.Until(`document.querySelector('dialog.help') === null`)
	r.press("?", "g", "r")
	r.Until(`document.querySelector('dialog.help') === null && location.pathname === '/experiments/copying'`)
	r.Do(chromedp.Evaluate[chromedp.Void](`localStorage.clear()`))
}

func coloursStay(t *testing.T, r *reader) {
	r.Do(browser.Scheme("light"))
	r.open("/experiments/copying")
	ground := `getComputedStyle(document.body).backgroundColor`
	light := browser.Read(r.Tab, chromedp.Evaluate[string](ground))
	r.click("form.theme [value=dark]")
	r.Until(fmt.Sprintf(`document.documentElement.dataset.theme === 'dark' && %s !== %q`, ground, light))
	r.Until(`document.querySelector('#curves img').currentSrc.includes('theme=dark')`)
	r.open("/runs")
	r.Until(fmt.Sprintf(`%s !== %q`, ground, light))
	r.Do(browser.Scheme("dark"))
	r.click("form.theme [value=light]")
	r.Until(fmt.Sprintf(`%s === %q`, ground, light))
	r.open("/experiments/copying")
	if address := browser.Read(r.Tab, chromedp.Evaluate[string](`document.querySelector('#curves img').currentSrc`)); address == "" {
		t.Error("there is no picture")
	}
	r.Until(`!document.querySelector('#curves img').currentSrc.includes('theme=dark')`)
	r.click("form.theme [value=system]")
	r.Until(`document.documentElement.dataset.theme === undefined`)
	r.Do(browser.Scheme("light"))
}

func noteIsKept(_ *testing.T, r *reader) {
	r.open("/experiments/copying")
	r.press("e")
	r.Until(`document.activeElement.id === 'note-text'`)
	r.Do(chromedp.Evaluate[chromedp.Void](`document.activeElement.value = '## Answer\n\n<img src=x onerror=alert(1)> **yes**'`))
	r.ctrl(kb.Enter)
	r.Until(`document.querySelector('#note strong')?.textContent === 'yes' && document.querySelector('#note h4')?.textContent === 'Answer'`)
	r.Until(`document.querySelector('#note .earlier summary').textContent.includes('1') && document.querySelector('#note img') === null`)
}

func runIsExcluded(_ *testing.T, r *reader) {
	run := r.store.Runs["copying/baseline/3"].ID
	r.open("/experiments/copying?metric=val/accuracy")
	r.click("#change-" + run + " summary")
	r.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector('#change-%s input[name=reason]').value = 'half a corpus'`, run)))
	r.click("#change-" + run + " form[action$=exclude] button")
	r.Until(`location.search === '?metric=val/accuracy' && document.querySelector('#table')?.textContent.includes('half a corpus')`)
	r.Until(`document.querySelectorAll('#plan .state.excluded').length === 2`)
	r.click("#change-" + run + " form[action$=include] button")
	r.Until(`document.querySelectorAll('#plan .state.excluded').length === 1 && !document.querySelector('#table').textContent.includes('half a corpus')`)
}

func experimentStops(t *testing.T, r *reader) {
	r.open("/experiments/blocks")
	r.ctrl("k")
	r.press("s", "t", "o", "p")
	r.Until(`document.querySelector('#palette-options [aria-selected=true] .label')?.textContent === 'Stop the experiment'`)
	r.press(kb.Enter)
	r.Until(`document.querySelector('#stop').open && document.activeElement === document.querySelector('#stop button')`)
	if desired, err := r.store.Desired(t.Context(), tracker.Scope{Experiment: "blocks"}); err != nil || desired != "run" {
		t.Errorf("unconfirmed, the store wants %q, %v", desired, err)
	}
	r.press(kb.Enter)
	r.Until(`document.querySelector('#state .word')?.textContent === 'stopping…'`)
	r.Until(`document.querySelector('#runs').textContent.includes('stopping…')`)
	if desired, err := r.store.Desired(t.Context(), tracker.Scope{Experiment: "blocks"}); err != nil || desired != "stop" {
		t.Errorf("the store wants %q, %v", desired, err)
	}
	r.Picture("stopping")
	r.click("#state form[action$=resume] button")
	r.Until(`document.querySelector('#state .word')?.textContent === 'running'`)
}

func readerIsNotDisturbed(_ *testing.T, r *reader) {
	name := "blocks/baseline/2"
	run := r.store.Runs[name].ID
	r.open("/experiments/blocks")
	r.click("#change-" + run + " summary")
	r.Do(chromedp.Focus("#change-" + run + " input[name=reason]"))
	r.press("s", "l", "o", "w")
	r.Do(chromedp.Evaluate[chromedp.Void](`window.before = document.querySelector('#runs table')`))
	for step := range int64(3) {
		if err := r.store.Live[name].Log(1_000+step, map[string]float64{"val/loss": 1.5 + float64(step)}); err != nil {
			r.t.Fatal(err)
		}
	}
	r.Until(`document.querySelector('#runs table') !== window.before`)
	r.Until(fmt.Sprintf(`document.getElementById('change-%s').open && document.activeElement.value === 'slow'`, run))
	r.Until(fmt.Sprintf(`document.querySelector('#plan [data-value="%s val/loss"]').textContent === '3.5'`, run))
}

// pressBecomesAClick has a region fetched anew while the button of the mouse is down.
func pressBecomesAClick(t *testing.T, r *reader) {
	change := "change-" + r.store.Runs["blocks/baseline/2"].ID
	r.open("/experiments/blocks")
	r.Do(chromedp.ScrollIntoView("#" + change + " summary"))
	at := browser.Read(r.Tab, chromedp.Evaluate[[]float64](`window.before = document.querySelector('#runs table');
		(({ left, top, width, height }) => [left + width / 2, top + height / 2])(document.querySelector('#`+change+` summary').getBoundingClientRect())`))
	r.Hold(r.home+"/experiments/blocks", func() {
		r.Do(fetchAnew("runs"))
	})
	r.Do(chromedp.MouseEvent(chromedp.MousePressed, at[0], at[1], chromedp.ButtonLeft, chromedp.ClickCount(1)))
	r.Release()
	time.Sleep(100 * time.Millisecond)
	if browser.Read(r.Tab, chromedp.Evaluate[bool](`document.querySelector('#runs table') !== window.before`)) {
		t.Error("what is pressed was taken away")
	}
	r.Do(chromedp.MouseEvent(chromedp.MouseReleased, at[0], at[1], chromedp.ButtonLeft, chromedp.ClickCount(1)))
	r.Until(`document.querySelector('#runs table') !== window.before && document.getElementById('` + change + `').open`)
}

func readerIsNotified(t *testing.T, r *reader) {
	r.open("/")
	r.Do(chromedp.Evaluate[chromedp.Void](`
		window.told = [];
		window.Notification = class { static permission = 'granted'; static requestPermission = async () => 'granted'; constructor(title, { body }) { told.push(title + ' | ' + body); } };`))
	r.click("#notify")
	r.Until(`document.getElementById('notify').getAttribute('aria-pressed') === 'true' && localStorage.getItem('inkstone-known') !== null`)
	run, err := r.store.CreateRun(t.Context(), tracker.NewRun{Experiment: "blocks", Variant: "gelu-mlp", Seed: 3, Digest: "blocksgelu-mlp3", RecordDigest: "record", Spec: json.RawMessage(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.store.BeginAttempt(t.Context(), run.ID, tracker.AttemptInfo{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.End(t.Context(), tracker.Failed, "no memory"); err != nil {
		t.Fatal(err)
	}
	r.Until(`told.length === 1 && told[0] === 'blocks: gelu-mlp, seed 3 failed | no memory'`)
	r.click("#notify")
	r.Until(`document.getElementById('notify').getAttribute('aria-pressed') === 'false'`)
}

func planIsWalked(_ *testing.T, r *reader) {
	r.open("/experiments/copying")
	r.Do(chromedp.Focus("#plan tbody a"))
	r.press(kb.ArrowDown, kb.ArrowRight, kb.ArrowRight, kb.ArrowLeft)
	r.Until(`document.activeElement === document.querySelectorAll('#plan tbody tr')[1].querySelectorAll('a')[1]`)
	r.press(kb.Enter)
	r.at("/runs/" + r.store.Runs["copying/one-layer/2"].ID)
}

func nothingIsTooWide(t *testing.T, r *reader) {
	r.Do(chromedp.EmulateViewport(360, 800))
	pages := shownPages(r.store)
	delete(pages, "failure") // a browser complains of every page that is not there
	for name, path := range pages {
		r.Do(chromedp.Navigate(r.home + path))
		if width := browser.Read(r.Tab, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); width > 360 {
			wide := browser.Read(r.Tab, chromedp.Evaluate[string](`[...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > 360 && !e.closest('.scroll, pre, .markdown table')).map((e) => e.outerHTML.slice(0, 80)).slice(0, 3).join('\n')`))
			t.Errorf("%s is %d pixels wide on a screen of 360:\n%s", name, width, wide)
		}
	}
}
