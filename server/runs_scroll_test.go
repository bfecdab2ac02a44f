package server

import (
	"context"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"inkstone/internal/browser"
	"inkstone/tracker/crowd"
)

// scroll goes through the list in so many frames, each time by a number of rows, as a reader does who turns the wheel or drags
// the bar. It answers with the frames' times and the tasks above 50 ms, and how often there was no row in the middle.
const scroll = `(async (steps, rows) => {
  const box = document.getElementById('list');
  const height = document.querySelector('#rows tr').getBoundingClientRect().height;
  const tasks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => e.duration)));
  observer.observe({ type: 'longtask' });
  const frame = () => new Promise((next) => requestAnimationFrame(next));
  const frames = [];
  let bare = 0;
  let before = await frame();
  for (let i = 1; i <= steps; i++) {
    box.scrollTop += rows * height;
    const now = await frame();
    frames.push(now - before);
    before = now;
    const middle = box.getBoundingClientRect();
    if (!document.elementFromPoint(middle.left + 40, middle.top + middle.height / 2)?.closest('#rows tr')) bare++;
  }
  await new Promise((later) => setTimeout(later, 100));
  observer.disconnect();
  frames.sort((a, b) => a - b);
  return { Longest: Math.max(0, ...tasks), Long: tasks.filter((t) => t > 100).length, Median: frames[frames.length >> 1], Bare: bare, Rows: document.querySelectorAll('#rows tr').length };
})`

type scrolled struct {
	Longest, Median float64 // milliseconds: the longest task, the median frame
	Bare, Rows      int
	Long            int // tasks above 100 ms
}

func TestAHundredThousandRunsScroll(t *testing.T) {
	web := browser.Open(t)
	store := openStore(t, filepath.Join(t.TempDir(), "store"))
	defer store.Close()
	const runs = 100_000
	if err := crowd.Fill(filepath.Join(store.Dir(), "inkstone.db"), runs, 2); err != nil {
		t.Fatal(err)
	}
	s := New(Config{Store: store, Version: "test"})
	server := httptest.NewServer(s.Handler())
	defer func() { s.live.Close(); server.Close() }()
	web.Do(threadTime, chromedp.EmulateViewport(1300, 900), chromedp.Navigate(server.URL+"/runs?sort=metric/01"))
	web.Until(`document.querySelectorAll('#rows tr[data-run]').length > 20 && document.querySelector('table.runs.fixed') !== null`)

	t.Run("the bar stands for all rows", func(t *testing.T) {
		height := browser.Read(web, chromedp.Evaluate[float64](`document.getElementById('list').scrollHeight / document.querySelector('#rows tr').getBoundingClientRect().height`))
		if height < runs || height > runs+10 {
			t.Errorf("it stands for %.1f rows", height)
		}
		if count := browser.Read(web, chromedp.Evaluate[string](`document.querySelector('table.runs').getAttribute('aria-rowcount')`)); count != fmt.Sprint(runs+1) {
			t.Errorf("aria-rowcount is %s", count)
		}
	})
	for name, c := range map[string]struct {
		frames, rows int
		busy         float64 // most milliseconds of the main thread's work in a frame
	}{"by the wheel": {100, 3, 40}, "by the bar": {100, 1000, 80}} {
		t.Run(name+" no task is long and no place is bare", func(t *testing.T) {
			before := busyFor(web)
			got := browser.Read(web, chromedp.Evaluate[scrolled](fmt.Sprintf("%s(%d, %d)", scroll, c.frames, c.rows), chromedp.EvalAwaitPromise))
			busy := (busyFor(web) - before) / float64(c.frames)
			t.Logf("a frame keeps the main thread busy for %.1f ms; median frame %.0f ms, longest task %.0f ms", busy, got.Median, got.Longest)
			if busy > c.busy {
				t.Errorf("a frame keeps the main thread busy for %.1f ms", busy)
			}
			if idle := got.Median < 20; idle && got.Long > 2 { // the clock tells what others do on the machine, too
				t.Errorf("%d tasks took more than 100 ms, one of them %.0f ms", got.Long, got.Longest)
			}
			if got.Bare > 0 || got.Rows > 100 {
				t.Errorf("%d frames without a row, %d rows in the page", got.Bare, got.Rows)
			}
		})
	}
	t.Run("keys walk through all", func(t *testing.T) {
		at := func(index int) {
			t.Helper()
			web.Until(fmt.Sprintf(`document.querySelector('#rows tr.current[data-run]')?.dataset.index === '%d' && document.activeElement.matches('table.runs')`, index))
		}
		web.Do(chromedp.Focus("table.runs"), chromedp.KeyEvent(kb.Home))
		at(0)
		web.Do(chromedp.KeyEvent("jjk"))
		at(1)
		web.Do(chromedp.KeyEvent(kb.PageDown), chromedp.KeyEvent(kb.PageUp))
		at(1)
		web.Do(chromedp.KeyEvent(kb.End))
		at(runs - 1)
		web.Picture("runs-100000-end")
		web.Do(chromedp.KeyEvent("x"), chromedp.KeyEvent("kkk"), chromedp.KeyEvent("X"))
		web.Until(`document.getElementById('chosen').textContent === '4 chosen'`)
		web.Do(chromedp.KeyEvent(kb.Home))
		at(0)
		if kept := browser.Read(web, chromedp.Evaluate[string](`document.getElementById('chosen').textContent`)); kept != "4 chosen" {
			t.Errorf("scrolled away, it says %q", kept)
		}
		id := browser.Read(web, chromedp.Evaluate[string](`document.querySelector('#rows tr.current').dataset.run`))
		web.Do(chromedp.KeyEvent(kb.Enter))
		web.Until(fmt.Sprintf(`location.pathname === '/runs/%s'`, id))
	})
	web.Silent()
}

// threadTime makes the browser count the time that its main thread works, not the time that passes.
var threadTime = chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
	_, err := chromedp.Call(ctx, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
	return err
})

// busyFor is for how many milliseconds the page's main thread has worked.
func busyFor(web *browser.Tab) (total float64) {
	web.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		r, err := chromedp.Call(ctx, performance.GetMetrics, cdp.Empty{})
		for _, m := range r.Metrics {
			if m.Name == "TaskDuration" {
				total = 1000 * m.Value
			}
		}
		return err
	}))
	return total
}
