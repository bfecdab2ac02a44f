package server

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"inkstone/internal/browser"
)

// walk is a browser on the attention page of a made-up run.
type walk struct {
	*browser.Tab
	t    *testing.T
	base string
}

func openWalk(t *testing.T) *walk {
	t.Helper()
	web := browser.Open(t)
	made, _, home := servedSpecimen(t)
	return &walk{web, t, home + "/runs/" + made.Runs["copying/baseline/1"].ID + "/attention"}
}

// open loads a view and waits until its figures can be used.
func (w *walk) open(query string) {
	w.t.Helper()
	w.Do(chromedp.Navigate(w.base + query))
	w.Until(`document.querySelector('#head + .overlay')?.dataset.ready === '24×24' && document.querySelector('#grid + .overlay').dataset.ready !== undefined`)
}

// at moves the pointer to a place in the layer over a figure, in shares of its sides, and clicks there if asked.
func (w *walk) at(region string, x, y float64, click bool) {
	w.t.Helper()
	w.Do(chromedp.ScrollIntoView("#"+region+" img"), chromedp.Sleep(0))
	box := browser.Read(w.Tab, chromedp.Evaluate[[]float64](`(({left, top, width, height}) => [left, top, width, height])(document.querySelector('#`+region+` + .overlay').getBoundingClientRect())`))
	px, py := box[0]+x*box[2], box[1]+y*box[3]
	if click {
		w.Do(chromedp.MouseClickXY(px, py))
		return
	}
	w.Do(chromedp.MouseEvent(chromedp.MouseMoved, px, py))
}

func TestAttentionPageIsWalked(t *testing.T) {
	w := openWalk(t)
	t.Run("hover reads the weight with both tokens", func(t *testing.T) {
		w.open("?layer=0&head=0&step=300")
		w.at("head", 22.5/24, 23.5/24, false)
		w.Until(`/^23 B → 22 X: 0\.9\d+$/.test(document.querySelector('#head ~ .tip').textContent)`)
	})
	t.Run("a click chooses the query of a row", func(t *testing.T) {
		w.at("head", 0.1, 10.5/24, true)
		w.Until(`location.search.includes('query=10') && document.querySelector('#text [aria-current]').value === '10' && document.querySelector('#profile img').src.includes('query=10')`)
	})
	t.Run("a token colours the text by what it looks at, and by who looks at it", func(t *testing.T) {
		w.Do(browser.Click(`#text button[value="5"]`))
		w.Until(`document.querySelector('#text button[value="4"]').classList.contains('w12') && location.search.includes('query=5')`)
		w.Until(`document.activeElement.value === '5'`)
		w.Do(chromedp.KeyEvent("t"))
		w.Until(`document.querySelector('#text button[value="6"]').classList.contains('w12') && location.search.includes('mode=key')`)
		w.Do(chromedp.KeyEvent("t"))
		w.Until(`!location.search.includes('mode=key') && document.querySelectorAll('#text .l12').length > 0`)
	})
	t.Run("a click in the grid and its arrows choose a head", func(t *testing.T) {
		w.at("grid", 2.5/4, 0.5/2, true)
		w.Until(`location.search.includes('layer=0&head=2') && document.querySelector('#head img').src.includes('head=2')`)
		w.Until(`document.querySelector('#grid + .overlay').dataset.ready === '0,2'`)
		w.Do(chromedp.Focus("#grid + .overlay"), chromedp.KeyEvent(kb.ArrowDown))
		w.Until(`document.querySelector('#grid-cursor').getAttribute('aria-label') === 'layer 1, head 2'`)
	})
	t.Run("keys change step, layer, head and query", func(t *testing.T) {
		w.open("?layer=0&head=0&step=256&query=7")
		for _, c := range []struct{ key, want string }{
			{kb.ArrowRight, "step=300"}, {kb.ArrowLeft, "step=256"}, {kb.ArrowDown, "layer=1"}, {kb.ArrowUp, "layer=0"}, {"]", "head=1"}, {"[", "head=0"}, {"w", "query=8"}, {"q", "query=7"},
		} {
			w.Do(chromedp.KeyEvent(c.key))
			w.Until(`location.search.includes('` + c.want + `') && document.querySelector('#head img').src.includes('capture')`)
		}
	})
	t.Run("what was asked before a walk does not come after it", func(t *testing.T) {
		w.open("?layer=0&head=0&step=256&query=7")
		w.Hold(w.base, func() {
			w.Do(fetchAnew("step-choice"))
		})
		w.Do(chromedp.KeyEvent(kb.ArrowRight))
		w.Until(`document.getElementById('slider').getAttribute('aria-valuetext') === 'step 300'`)
		w.Release()
		time.Sleep(200 * time.Millisecond)
		if said := browser.Read(w.Tab, chromedp.Evaluate[string](`document.getElementById('slider').getAttribute('aria-valuetext')`)); said != "step 300" {
			t.Errorf("the page has gone back to %s", said)
		}
	})
	t.Run("events while a map is on its way do no harm", func(t *testing.T) {
		w.Hold("/figures/", func() { w.Do(chromedp.KeyEvent("]")) })
		w.Do(chromedp.Evaluate[chromedp.Void](`for (const layer of document.querySelectorAll('.stage .overlay')) {
			for (const kind of ['pointermove', 'click']) layer.dispatchEvent(new PointerEvent(kind, { clientX: 300, clientY: 300, bubbles: true }));
			layer.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
		}`))
		w.Release()
	})
	t.Run("the slider and play go through the steps", func(t *testing.T) {
		w.Do(chromedp.Evaluate[chromedp.Void](`(() => { const s = document.getElementById('slider'); s.value = 0; s.dispatchEvent(new Event('input', { bubbles: true })); })()`))
		w.Until(`location.search.includes('step=0&') && document.getElementById('slider').getAttribute('aria-valuetext') === 'step 0'`)
		w.Do(browser.Click("#play"))
		w.Until(`document.getElementById('play').getAttribute('aria-pressed') === 'true' && location.search.includes('step=2&')`)
		w.Do(browser.Click("#play"))
		w.Until(`document.getElementById('play').textContent === 'Play'`)
	})
	t.Run("a difference has colours about zero", func(t *testing.T) {
		w.open("?layer=0&head=0&step=300&query=5")
		w.Do(chromedp.SetValue(`[name=against]`, browser.Read(w.Tab, chromedp.Evaluate[string](`[...document.querySelectorAll('[name=against] option')].find((o) => o.textContent === 'step 0').value`))),
			chromedp.Evaluate[chromedp.Void](`document.querySelector('[name=against]').dispatchEvent(new Event('change', { bubbles: true }))`))
		w.Until(`document.querySelector('#head img').src.includes('against=') && document.querySelectorAll('#text [class*=" n"]').length > 0`)
		w.at("head", 4.5/24, 5.5/24, false)
		w.Until(`/^5 C → 4 M: 0\.7/.test(document.querySelector('#head ~ .tip').textContent)`)
		w.Picture("attention-difference")
	})
	t.Run("the first token is hidden", func(t *testing.T) {
		w.open("?layer=0&head=3&step=300&query=5")
		w.Do(browser.Click("[name=hidefirst]"))
		w.Until(`document.querySelector('#head img').src.includes('hidefirst=1') && document.querySelector('#grid img').src.includes('hidefirst=1') && document.querySelector('#head figcaption').textContent.includes('first key is left out')`)
		w.Until(`document.querySelector('#text .hidden-key')?.value === '0'`)
	})
	t.Run("a score's column sorts heads and grid", func(t *testing.T) {
		w.Do(browser.Click(`#score-table a[href*="sort=induction"]`))
		w.Until(`document.querySelector('#score-table tbody button').value === 'L1H1' && document.querySelector('#grid img').src.includes('sort=induction')`)
		w.Until(`document.querySelector('#score-table [aria-sort=descending]').textContent === 'induction'`)
		w.Picture("attention-sorted")
	})
	t.Run("a narrow screen needs no sideways scrolling", func(t *testing.T) {
		w.Do(chromedp.EmulateViewport(360, 800))
		w.open("?layer=1&head=1")
		if width := browser.Read(w.Tab, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); width > 360 {
			t.Errorf("the page is %d pixels wide on a screen of 360", width)
		}
	})
	w.Silent()
}
