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
	"inkstone/tracker"
	"inkstone/tracker/crowd"
)

// scroll goes through the list in so many frames, each time by a number of rows, as a reader does who turns the wheel or drags
// the bar. It answers with the longest of the tasks above 50 ms, and with how often there was no row in the middle.
const scroll = `(async (steps, rows) => {
  const box = document.getElementById('list');
  const height = document.querySelector('#rows tr').getBoundingClientRect().height;
  const tasks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => e.duration)));
  observer.observe({ type: 'longtask' });
  const frame = () => new Promise((next) => requestAnimationFrame(next));
  let bare = 0;
  await frame();
  for (let i = 1; i <= steps; i++) {
    box.scrollTop += rows * height;
    await frame();
    const middle = box.getBoundingClientRect();
    if (!document.elementFromPoint(middle.left + 40, middle.top + middle.height / 2)?.closest('#rows tr')) bare++;
  }
  await new Promise((later) => setTimeout(later, 100));
  observer.disconnect();
  return { Longest: Math.max(0, ...tasks), Bare: bare, Rows: document.querySelectorAll('#rows tr').length };
})`

type scrolled struct {
	Longest    float64 // milliseconds
	Bare, Rows int     // frames; rows that are in the page
}

// paces are ways to scroll: rows in a frame.
var paces = map[string]int{"wheel": 3, "bar": 1000}

const crowdedRuns = 100_000

// openCrowd shows a hundred thousand runs.
func openCrowd(t testing.TB) *browser.Tab {
	t.Helper()
	web := browser.Open(t)
	store, err := tracker.Open(filepath.Join(t.TempDir(), "store"), tracker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := crowd.Fill(filepath.Join(store.Dir(), "inkstone.db"), crowdedRuns, 2); err != nil {
		t.Fatal(err)
	}
	s := New(Config{Store: store, Version: "test"})
	server := httptest.NewServer(s.Handler())
	t.Cleanup(func() { s.live.Close(); server.Close(); _ = store.Close() })
	web.Do(threadTime, chromedp.EmulateViewport(1300, 900), chromedp.Navigate(server.URL+"/runs?sort=metric/01"))
	web.Until(`document.querySelectorAll('#rows tr[data-run]').length > 20 && document.querySelector('table.runs.fixed') !== null`)
	return web
}

func scrolls(web *browser.Tab, frames, rows int) scrolled {
	return browser.Read(web, chromedp.Evaluate[scrolled](fmt.Sprintf("%s(%d, %d)", scroll, frames, rows), chromedp.EvalAwaitPromise))
}

// BenchmarkScroll measures how long a frame keeps the page's main thread busy while a reader scrolls through the runs.
func BenchmarkScroll(b *testing.B) {
	web := openCrowd(b)
	for name, rows := range paces {
		b.Run(name, func(b *testing.B) {
			frames, longest, before := 0, 0.0, busyFor(web)
			for b.Loop() {
				got := scrolls(web, 50, rows)
				frames, longest = frames+50, max(longest, got.Longest)
				web.Do(chromedp.Evaluate[chromedp.Void](`document.getElementById('list').scrollTop = 0`))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric((busyFor(web)-before)/float64(frames), "busy-ms")
			b.ReportMetric(longest, "longest-task-ms")
		})
	}
}

func TestAHundredThousandRunsScroll(t *testing.T) {
	web := openCrowd(t)
	t.Run("the bar stands for all rows", func(t *testing.T) {
		height := browser.Read(web, chromedp.Evaluate[float64](`document.getElementById('list').scrollHeight / document.querySelector('#rows tr').getBoundingClientRect().height`))
		if height < crowdedRuns || height > crowdedRuns+10 {
			t.Errorf("it stands for %.1f rows", height)
		}
		if count := browser.Read(web, chromedp.Evaluate[string](`document.querySelector('table.runs').getAttribute('aria-rowcount')`)); count != fmt.Sprint(crowdedRuns+1) {
			t.Errorf("aria-rowcount is %s", count)
		}
	})
	for name, rows := range paces {
		t.Run("by the "+name+" no place is bare", func(t *testing.T) {
			if got := scrolls(web, 100, rows); got.Bare > 0 || got.Rows > 100 {
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
		at(crowdedRuns - 1)
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

// TestRowsOfAnOrderThatHasGoneAreLetGo has rows asked for, and the list read anew before they arrive.
func TestRowsOfAnOrderThatHasGoneAreLetGo(t *testing.T) {
	web := browser.Open(t)
	b := newBench(t, "other")
	create := func(i int) {
		_, err := b.store.CreateRun(t.Context(), tracker.NewRun{Experiment: "many", Variant: "v", Seed: int64(i), Digest: fmt.Sprint(i), Spec: []byte(`{}`)})
		b.must(err)
	}
	for i := range 400 {
		create(i)
	}
	rows := func() string {
		return browser.Read(web, chromedp.Evaluate[string](`document.querySelector('table.runs').getAttribute('aria-rowcount')`))
	}
	web.Do(chromedp.EmulateViewport(1300, 900), chromedp.Navigate(b.server.URL+"/runs?where=experiment+=+many"))
	web.Until(`document.querySelector('table.runs.fixed') !== null && document.getElementById('connection').textContent === 'live'`)
	before := rows()
	web.Hold("/runs/rows", func() {
		web.Do(chromedp.Evaluate[chromedp.Void](`document.getElementById('list').scrollTop = 1e9`))
	})
	create(400)
	web.Until(`document.getElementById('count').textContent === '401 runs'`)
	web.Release()
	web.Until(`document.querySelectorAll('#rows tr.waiting').length === 0`)
	if after := rows(); before != "401" || after != "402" {
		t.Errorf("the list stood for %s rows, and then %s; want 401 and 402, with the head", before, after)
	}
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
