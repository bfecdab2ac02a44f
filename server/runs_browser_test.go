package server

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"inkstone/internal/browser"
	"inkstone/tracker"
)

// TestRunsGestures does in a browser what the page of runs is for.
func TestRunsGestures(t *testing.T) {
	web := browser.Open(t)
	made, _, home := servedSpecimen(t)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	open := func(query string) {
		t.Helper()
		web.Do(chromedp.EmulateViewport(1300, 900), chromedp.Navigate(home+"/runs"+query))
		web.Until(`document.querySelector('table.runs.fixed') !== null || document.querySelector('table.groups, .mistake') !== null`)
		web.Until(`document.getElementById('where').getAttribute('role') === 'combobox'`)
	}

	t.Run("the filter completes itself", func(t *testing.T) {
		open("")
		web.Do(chromedp.Focus("#where"), chromedp.KeyEvent("val/l"))
		web.Until(`document.querySelector('#words li')?.textContent.includes('val/loss') && !document.getElementById('words').hidden`)
		web.Picture("runs-completion")
		web.Do(chromedp.KeyEvent(kb.ArrowDown))
		web.Until(`document.getElementById('where').getAttribute('aria-activedescendant') === 'word-0'`)
		web.Do(chromedp.KeyEvent(kb.Tab))
		web.Until(`document.getElementById('where').value === 'val/loss '`)
		web.Do(chromedp.KeyEvent("< 0.5"))
		web.Until(`document.getElementById('checked').textContent.trim() === '10 runs fit'`)
		web.Do(chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent(kb.Enter))
		web.Until(`location.search.includes('where=val') && document.getElementById('count')?.textContent === '10 runs'`)
	})
	t.Run("a mistake is underlined where it is, and mended by a click", func(t *testing.T) {
		open("")
		web.Do(chromedp.Focus("#where"), chromedp.KeyEvent("seed = 1 and vriant = baseline"))
		web.Until(`document.querySelector('.under mark')?.textContent === 'vriant'`)
		if got := browser.Read(web, chromedp.Text("#checked")); !strings.Contains(got, "did you mean variant?") || !strings.Contains(got, "column 14") {
			t.Errorf("it says %q", got)
		}
		web.Picture("runs-mistake-typed")
		web.Do(browser.Click("#checked a"))
		web.Until(`document.getElementById('where').value === 'seed = 1 and variant = baseline' && !document.querySelector('.mistake')`)
	})
	t.Run("runs are tagged, and untagged again", func(t *testing.T) {
		open("?where=experiment+=+copying+and+variant+=+one-head")
		web.Do(chromedp.Focus("table.runs"), chromedp.KeyEvent("xjxjx"), chromedp.SetValue("[name=tag]", "picked"), chromedp.SetValue("[name=value]", "yes"))
		web.Picture("runs-chosen")
		web.Do(browser.Click("button[value=tag]"))
		web.Until(`document.querySelector('.done')?.textContent.includes('3 runs are now tagged picked = yes') && document.querySelectorAll('#rows .tags').length === 5`)
		if n := countTagged(t, made.Store, "picked"); n != 3 {
			t.Errorf("%d runs are tagged", n)
		}
		web.Do(browser.Click(".done button"))
		web.Until(`!document.querySelector('.done') && document.querySelectorAll('#rows tr').length === 5`)
		if n := countTagged(t, made.Store, "picked"); n != 0 {
			t.Errorf("%d runs are still tagged", n)
		}
	})
	t.Run("chosen runs are compared", func(t *testing.T) {
		open("?where=experiment+=+copying&sort=val/loss")
		web.Do(chromedp.Focus("table.runs"), chromedp.KeyEvent("xjx"), browser.Click("#compare-chosen"))
		web.Until(`location.pathname === '/compare' && new URLSearchParams(location.search).getAll('run').length === 2`)
	})
	t.Run("columns are moved by keys and by dragging, and sorted", func(t *testing.T) {
		open("?columns=val/loss,+model.hidden_size,+duration&pinned=status")
		heads := func(want string) {
			t.Helper()
			web.Until(`[...document.querySelectorAll('th[data-column]')].map((h) => h.querySelector('.sort').firstChild.textContent.trim()).join() === '` + want + `'`)
		}
		heads("status,val/loss,hidden_size,duration")
		web.Do(chromedp.Focus(`th[data-column="metric.val/loss"] .sort`), chromedp.KeyEvent(kb.ArrowRight, chromedp.KeyModifiers(altKey)))
		heads("status,hidden_size,val/loss,duration")
		web.Until(`document.querySelector('table.runs.fixed') !== null`)
		web.Do(chromedp.Evaluate[chromedp.Void](`{
			const transfer = new DataTransfer(), at = (name) => document.querySelector('th[data-column="' + name + '"]');
			const send = (name, type) => at(name).dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
			send('duration', 'dragstart'); send('param.model.hidden_size', 'dragover'); send('param.model.hidden_size', 'drop');
		}`))
		heads("status,duration,hidden_size,val/loss")
		web.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('th[data-column="metric.val/loss"] .sort').click()`))
		web.Until(`document.querySelector('th[data-column="metric.val/loss"]')?.getAttribute('aria-sort') === 'ascending' && document.querySelector('#rows tr').textContent.includes('copying/baseline')`)
		web.Do(browser.Click(`th[data-column="metric.val/loss"] .menu-button`))
		web.Until(`document.querySelector('.menu:popover-open') !== null`)
		web.Picture("runs-menu")
	})
	t.Run("a view is saved and found again", func(t *testing.T) {
		open("?group=variant&where=experiment+=+copying")
		web.Do(browser.Click(".save summary"), chromedp.SendKeys(".save [name=name]", "copies"), browser.Click(".save form button"))
		web.Until(`document.querySelector('.views [aria-current]')?.textContent === 'copies'`)
		open("")
		web.Do(browser.Click("[data-view]"))
		web.Until(`document.querySelectorAll('table.groups .group').length === 4`)
		web.Picture("runs-view")
	})
	t.Run("new runs and states are seen, and nothing is lost", func(t *testing.T) {
		open("")
		web.Until(`document.getElementById('connection').textContent === 'live'`)
		web.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('table.runs').focus({ preventScroll: true }); document.getElementById('list').scrollTop = 600`), chromedp.KeyEvent("x"))
		web.Until(`document.getElementById('chosen').textContent === '1 chosen'`)
		seen := browser.Read(web, chromedp.Evaluate[string](firstInSight))
		if _, err := made.CreateRun(t.Context(), tracker.NewRun{Experiment: "blocks", Variant: "brand-new", Seed: 9, Digest: "new", Spec: []byte(`{}`)}); err != nil {
			t.Fatal(err)
		}
		web.Until(`document.getElementById('count').textContent === '69 runs'`)
		if now := browser.Read(web, chromedp.Evaluate[string](firstInSight)); now != seen {
			t.Errorf("the first row in sight was %s and is %s", seen, now)
		}
		if kept := browser.Read(web, chromedp.Evaluate[bool](`document.getElementById('chosen').textContent === '1 chosen' && document.activeElement.matches('table.runs')`)); !kept {
			t.Error("choice or focus was lost")
		}
		web.Do(chromedp.KeyEvent(kb.Home))
		web.Until(`document.querySelector('#rows tr').textContent.includes('brand-new')`)
	})
	t.Run("a run takes the place that its newest value gives it", func(t *testing.T) {
		run, err := made.CreateRun(t.Context(), tracker.NewRun{Experiment: "blocks", Variant: "rising", Seed: 1, Digest: "rising", Spec: []byte(`{}`)})
		check(err)
		attempt, err := made.BeginAttempt(t.Context(), run.ID, tracker.AttemptInfo{}, nil)
		check(err)
		r := tracker.NewRecorder(attempt.Sink(), run.ID, attempt.Number(), tracker.RecorderOptions{Every: 10 * time.Millisecond})
		log := func(step int64, value float64) {
			check(r.Log(step, map[string]float64{"val/loss": value}))
			_, err := r.Flush(t.Context())
			check(err)
		}
		log(1, 99)
		open("?where=val/loss+>+0&sort=val/loss+desc")
		web.Until(`document.getElementById('connection').textContent === 'live' && document.querySelector('#rows tr').textContent.includes('rising')`)
		log(2, 0.5)
		web.Until(`document.querySelector('#rows tr').textContent.includes('post-norm')`)
		log(3, 98)
		web.Until(`document.querySelector('#rows tr').textContent.includes('rising')`)
		check(r.Close(t.Context()))
		check(attempt.End(t.Context(), tracker.Finished, ""))
	})
	t.Run("a narrow screen needs no sideways scrolling", func(t *testing.T) {
		for _, query := range []string{"", "?group=variant", "?where=vriant"} {
			web.Do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(home+"/runs"+query))
			if width := browser.Read(web, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); width > 360 {
				t.Errorf("/runs%s is %d pixels wide on a screen of 360", query, width)
			}
		}
	})
	web.Silent()
}

// altKey is the modifier of a key event.
const altKey = 1

// firstInSight is the run whose row is the first below the table's head.
const firstInSight = `(() => { const box = document.getElementById('list').getBoundingClientRect(); const head = document.querySelector('#list thead th').getBoundingClientRect();
	return document.elementFromPoint(box.left + 60, head.bottom + 20).closest('tr').dataset.run; })()`

func countTagged(t *testing.T, store *tracker.Store, tag string) int {
	t.Helper()
	q, err := store.ParseQuery(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	q.Limit = 1000
	page, err := store.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, run := range page.Runs {
		if _, there := run.Tags[tag]; there {
			n++
		}
	}
	return n
}
