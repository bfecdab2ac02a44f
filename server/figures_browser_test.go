package server

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"inkstone/internal/browser"
	"inkstone/tracker"
)

// growingRun is a run that goes on: a point is on disk when it has been logged.
type growingRun struct {
	attempt *tracker.Attempting
	log     func(step int64, values map[string]float64)
}

func (b *bench) grow(trial string) growingRun {
	b.t.Helper()
	a, r := b.train(trial)
	return growingRun{a, func(step int64, values map[string]float64) {
		b.t.Helper()
		b.must(r.Log(step, values))
		_, err := r.Flush(b.t.Context())
		b.must(err)
	}}
}

// TestFiguresInABrowser is what a reader does with figures, on one page after the other.
func TestFiguresInABrowser(t *testing.T) {
	web := browser.Open(t)
	b := newBench(t, "other")
	first, second := b.grow("baseline/1"), b.grow("other/1")
	for step := range int64(60) {
		first.log(step, map[string]float64{"val/loss": 3 - float64(step)/40, "train/tokens": float64(step) * 100})
		second.log(step, map[string]float64{"val/loss": 2.8 - float64(step)/60})
	}
	web.Do(browser.Focused())
	page := b.server.URL + "/experiments/study"
	open := func(address string) {
		t.Helper()
		web.Do(chromedp.Navigate(address))
		web.Until(`document.getElementById('connection').textContent === 'live'`)
		web.Until(`document.querySelector('#curves img').naturalWidth > 0 && Boolean(document.querySelector('#curves').live?.place?.frame)`)
	}
	text := func(expression string) string {
		t.Helper()
		return browser.Read(web, chromedp.Evaluate[string](expression))
	}
	key := func(name string) {
		t.Helper()
		web.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#curves .plot').focus({ preventScroll: true })`), chromedp.KeyEvent(name))
	}

	t.Run("points are drawn over the picture", func(t *testing.T) {
		open(page)
		src := text(`document.querySelector('#curves img').src`)
		first.log(60, map[string]float64{"val/loss": 1.5})
		web.Until(`(document.querySelector('#curves svg.tails path')?.getAttribute('d') ?? '').includes('L')`)
		if now := text(`document.querySelector('#curves img').src`); now != src {
			t.Errorf("one point had the picture drawn again: %s, then %s", src, now)
		}
		web.Picture("figure-tail")
	})
	t.Run("a point that leaves the frame brings a new picture", func(t *testing.T) {
		src := text(`document.querySelector('#curves img').src`)
		first.log(90, map[string]float64{"val/loss": 1.4})
		web.Until(fmt.Sprintf(`document.querySelector('#curves img').src !== %q`, src))
		web.Until(`document.querySelector('#curves').live.place.x.max > 90`)
	})
	t.Run("the crosshair reads exact values", func(t *testing.T) {
		open(page)
		key(kb.ArrowRight)
		web.Until(`!document.querySelector('#curves .readout').hidden`)
		web.Until(`(() => { const rows = [...document.querySelectorAll('#curves .readout tr')]; return rows.length === 2 && rows.every((row) => row.cells.length === 5); })()`)
		before := text(`document.querySelector('#curves .readout caption').textContent`)
		key(kb.ArrowRight)
		web.Until(fmt.Sprintf(`document.querySelector('#curves .readout caption').textContent !== %q`, before))
		if got := text(`document.querySelector('#curves .readout').textContent`); !strings.Contains(got, "baseline") || !strings.Contains(got, "other") {
			t.Errorf("the crosshair says %q", got)
		}
		web.Do(chromedp.Evaluate[chromedp.Void](pointAt(0.25)))
		web.Until(`(() => { const table = document.querySelector('#curves .readout').getBoundingClientRect(), plot = document.querySelector('#curves .plot').getBoundingClientRect();
			return table.left > plot.left + 0.25 * plot.width; })()`)
		web.Picture("figure-crosshair")
	})
	t.Run("a pointer that has left reads nothing", func(t *testing.T) {
		open(page)
		web.Hold("/figures/", func() { web.Do(chromedp.Evaluate[chromedp.Void](pointAt(0.5))) })
		web.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#curves .plot').dispatchEvent(new PointerEvent('pointerleave')); document.querySelector('#curves').live.read().then(() => { window.whole = true; }); undefined`))
		web.Release()
		web.Until(`window.whole`)
		if text(`String(document.querySelector('#curves .readout').hidden)`) != "true" {
			t.Error("the crosshair stays")
		}
	})
	t.Run("a drag zooms, the address restores it, Escape shows all", func(t *testing.T) {
		open(page)
		web.Do(chromedp.Evaluate[chromedp.Void](`window.same = true`), chromedp.Evaluate[chromedp.Void](drag(0.3, 0.5)))
		web.Until(`location.search.includes('curves.from=') && location.search.includes('curves.to=')`)
		web.Until(`document.querySelector('#curves').live?.key.includes('from=')`)
		web.Until(`document.querySelector('#curves img').naturalWidth > 0`)
		if text(`String(window.same)`) != "true" {
			t.Error("the page was loaded anew")
		}
		if kept := text(`document.querySelector('#curves .view [name="curves.from"]').value`); kept == "" {
			t.Error("the form does not know the window")
		}
		address, data := text(`location.href`), text(`document.querySelector('#curves img').src`)
		if !strings.Contains(data, "from=") || !strings.Contains(data, "to=") {
			t.Errorf("the picture is %s", data)
		}
		open(address)
		web.Until(`document.querySelector('#curves').live.place.x.max < 60`)
		web.Picture("figure-zoom")
		key(kb.Escape)
		web.Until(`!location.search.includes('curves.from')`)
		web.Until(`document.querySelector('#curves').live?.place?.x.max > 90`)
		web.Do(chromedp.Evaluate[chromedp.Void](`history.back()`))
		web.Until(`document.querySelector('#curves').live?.place?.x.max < 60`)
	})
	t.Run("choices are shown in place", func(t *testing.T) {
		open(page)
		web.Do(chromedp.Evaluate[chromedp.Void](`(() => { document.querySelector('#curves .view').open = true;
			const choice = document.querySelector('[name="curves.yscale"]'); choice.value = 'log'; choice.dispatchEvent(new Event('change', { bubbles: true })); })()`))
		web.Until(`document.querySelector('#curves').live?.place?.y.scale === 'log' && document.querySelector('#curves .view').open`)
		if got := text(`document.querySelector('#curves .files a').href`); !strings.Contains(got, "yscale=log") || strings.Contains(got, "live=1") {
			t.Errorf("the download is %s", got)
		}
	})
	t.Run("the legend sorts and raises a line", func(t *testing.T) {
		open(page)
		web.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#curves .legend').open = true`))
		names := `[...document.querySelectorAll('#curves .legend button')].map((b) => b.textContent).join()`
		web.Until(names + `.startsWith('baseline')`)
		web.Do(chromedp.Evaluate[chromedp.Void](`(() => { const order = document.querySelector('#curves .legend select'); order.value = 'high'; order.dispatchEvent(new Event('change')); })()`))
		web.Until(names + `.startsWith('other')`)
		web.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#curves .legend button').focus()`))
		web.Until(`document.querySelector('#curves').classList.contains('faded') && document.querySelectorAll('#curves svg.raised path').length === 1`)
		web.Picture("figure-legend")
		web.Do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
		web.Until(`!document.querySelector('#curves').classList.contains('faded')`)
	})
	t.Run("a raised line keeps its gaps", func(t *testing.T) {
		second.log(60, map[string]float64{"val/loss": math.NaN()})
		second.log(61, map[string]float64{"val/loss": 1.9})
		open(page)
		web.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#curves .legend').open = true`))
		web.Until(`document.querySelectorAll('#curves .legend button').length === 2`)
		web.Do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll('#curves .legend button')].find((b) => b.textContent.includes('other')).focus()`))
		parts := `document.querySelector('#curves svg.raised path')?.getAttribute('d').split('M').slice(1)`
		web.Until(parts + `?.length === 2`)
		second.log(62, map[string]float64{"val/loss": 1.8})
		web.Until(`((parts) => parts?.length === 2 && parts[1].includes('L'))(` + parts + `)`)
	})
	t.Run("a hidden page lets go and catches up", func(t *testing.T) {
		open(page)
		web.Do(chromedp.Evaluate[chromedp.Void](hide(true)))
		web.Until(`document.getElementById('connection').textContent === 'paused'`)
		until(t, "nobody listens", func() bool { return b.made.live.Listening() == 0 })
		first.log(91, map[string]float64{"val/loss": 1.2321})
		time.Sleep(300 * time.Millisecond)
		if strings.Contains(text(`document.body.textContent`), "1.2321") {
			t.Error("a hidden page is kept up to date")
		}
		web.Do(chromedp.Evaluate[chromedp.Void](hide(false)))
		web.Until(`document.body.textContent.includes('1.2321')`)
	})
	t.Run("a page comes back after the server was away", func(t *testing.T) {
		open(page)
		b.server.CloseClientConnections()
		first.log(92, map[string]float64{"val/loss": 1.1234})
		web.Until(`document.getElementById('connection').textContent === 'live'`)
		web.Until(`document.body.textContent.includes('1.1234')`)
		web.Until(`(() => { const { live } = document.querySelector('#curves'); return live.state?.tail(0).at(-1)?.[0] === 92 || live.place?.lines[0].ends[0][0] === 92; })()`)
	})
	t.Run("numbers of a picture that has gone are not taken for those of the next", func(t *testing.T) {
		open(page)
		web.Hold("/figures/", func() {
			web.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#curves').live.read().then((numbers) => { window.early = numbers; }); undefined`))
		})
		src := text(`document.querySelector('#curves img').src`)
		first.log(200, map[string]float64{"val/loss": 1.1})
		web.Until(fmt.Sprintf(`document.querySelector('#curves img').src !== %q`, src))
		web.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#curves').live.read().then((numbers) => { window.late = numbers; window.release(); }); undefined`))
		web.Until(`window.early && window.early === window.late`)
		web.Until(`window.late.lines[0].points.at(-1)[0] === 200`)
	})
	t.Run("scripts write numbers as the server does", func(t *testing.T) {
		values := []float64{0, 1, -1, 1.5, 0.1, 1.0 / 3, 12345, 123456, 99999.5, 999995, 1e5, 1e-4, 0.00012345, 9.9999e-5, 0.000099999999, 1e21, -2.5e-300, 1.7976931348623157e308, 5e-324, 2.0000049, 1234.56789, -0.000123456}
		given, err := json.Marshal(values)
		b.must(err)
		web.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`import('/assets/layout/scale.js').then(({ aligned, number }) => { window.written = [...%s, 'NaN', 'Infinity', '-Infinity'].map((v) => aligned(number(v), 4)); }); undefined`, given)))
		web.Until(`Boolean(window.written)`)
		got := text(`JSON.stringify(window.written)`)
		var want []string
		for _, v := range append(values, math.NaN(), math.Inf(1), math.Inf(-1)) {
			want = append(want, aligned(number(v), 4))
		}
		var list []string
		b.must(json.Unmarshal([]byte(got), &list))
		if diff := cmp.Diff(want, list); diff != "" {
			t.Error(diff)
		}
	})
	web.Silent()
	for _, run := range []growingRun{first, second} {
		b.must(run.attempt.End(t.Context(), tracker.Finished, ""))
	}
	t.Run("without scripts the form shows another way", func(t *testing.T) {
		status, _, html := b.get("/experiments/study?curves.smooth=ema&curves.width=5")
		if status != http.StatusOK || !strings.Contains(html, "smooth=ema%3A5") || !strings.Contains(html, `value="5"`) {
			t.Errorf("status %d, and the page does not smooth", status)
		}
	})
}

// pointAt moves the pointer to a part of the figure's width.
func pointAt(part float64) string {
	return fmt.Sprintf(`(() => { const plot = document.querySelector('#curves .plot'), box = plot.getBoundingClientRect();
		plot.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + %g * box.width, clientY: box.top + 90, bubbles: true })); })()`, part)
}

// drag moves the pointer over a part of the figure with its button held.
func drag(from, to float64) string {
	return fmt.Sprintf(`(() => { const plot = document.querySelector('#curves .plot'), box = plot.getBoundingClientRect();
		plot.setPointerCapture = () => {};
		const send = (type, part) => plot.dispatchEvent(new PointerEvent(type, { button: 0, clientX: box.left + part * box.width, clientY: box.top + 90, bubbles: true }));
		send('pointerdown', %g); send('pointermove', %g); send('pointerup', %g); })()`, from, to, to)
}

// hide makes the page believe that it is hidden, or seen again.
func hide(hidden bool) string {
	return fmt.Sprintf(`Object.defineProperty(document, 'hidden', { configurable: true, get: () => %t }); document.dispatchEvent(new Event('visibilitychange'))`, hidden)
}

// until waits for what happens in the server.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for give := time.Now().Add(10 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(give) {
			t.Fatalf("ten seconds passed before %s", what)
		}
	}
}
