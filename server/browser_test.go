package server

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"inkstone/internal/browser"
	"inkstone/tracker"
)

func TestAPointArrivesWithoutReloading(t *testing.T) {
	web := browser.Open(t)
	b := newBench(t, "other")
	a, r := b.train("baseline/1")
	b.must(r.Log(1, map[string]float64{"val/loss": 3}))
	_, err := r.Flush(t.Context())
	b.must(err)

	web.Do(chromedp.Navigate(b.server.URL + "/experiments/study"))
	web.Until(`document.getElementById('connection').textContent === 'live'`)
	web.Until(`document.querySelector('#curves img').naturalWidth > 0`)
	before := browser.Read(web, chromedp.Evaluate[string](`window.notReloaded = true; document.querySelector('#curves img').src`))

	b.must(r.Log(2, map[string]float64{"val/loss": 1.2345}))
	_, err = r.Flush(t.Context())
	b.must(err)
	web.Until(`document.getElementById('runs').textContent.includes('1.2345')`)
	web.Until(fmt.Sprintf(`document.querySelector('#curves img').src !== %q`, before))
	web.Until(`document.querySelector('#curves img').naturalWidth > 0`)
	b.must(a.End(t.Context(), tracker.Finished, ""))
	web.Until(`document.querySelectorAll('#plan .state.finished').length === 1`)

	if !browser.Read(web, chromedp.Evaluate[bool](`window.notReloaded === true`)) {
		t.Error("the page was loaded again")
	}
	web.Picture("experiment-live")
	web.Silent()
}

func TestTableAttentionAndLogAreSeen(t *testing.T) {
	web := browser.Open(t)
	b := newBench(t, "other")
	b.finish()
	web.Do(chromedp.Navigate(b.server.URL + "/experiments/study"))
	table := browser.Read(web, chromedp.Text("#table"))
	if !strings.Contains(table, "other") || !strings.Contains(table, "unresolved") {
		t.Errorf("got table %q", table)
	}
	web.Picture("experiment")
	web.Do(chromedp.Navigate(b.server.URL + "/runs/" + b.runs["other/1"].ID))
	web.Until(`(document.querySelector('#attention img')?.scrollIntoView(), document.querySelector('#attention img')?.naturalWidth > 100)`)
	web.Picture("run")
	web.Do(chromedp.Navigate(b.server.URL + "/runs/" + b.runs["other/1"].ID + "/log"))
	log := browser.Read(web, chromedp.Text("#log"))
	if !strings.Contains(log, "red <script>alert(1)</script>") {
		t.Errorf("got log %q", log)
	}
	web.Silent()

	t.Run("a narrow screen needs no sideways scrolling", func(t *testing.T) {
		for _, page := range []string{"/", "/experiments/study", "/runs/" + b.runs["other/1"].ID} {
			web.Do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(b.server.URL+page))
			if width := browser.Read(web, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); width > 360 {
				t.Errorf("%s is %d pixels wide on a screen of 360", page, width)
			}
		}
		web.Picture("narrow")
	})
}

func TestAPageComesBackAfterTheServerWas(t *testing.T) {
	web := browser.Open(t)
	b := newBench(t, "other")
	web.Do(chromedp.Navigate(b.server.URL + "/"))
	web.Until(`document.getElementById('connection').textContent === 'live'`)
	b.server.CloseClientConnections()
	web.Until(`document.getElementById('connection').textContent === 'live'`)
	a, _ := b.train("other/1")
	web.Until(`document.getElementById('experiments').textContent.includes('1 running')`)
	b.must(a.End(t.Context(), tracker.Stopped, "enough"))
	web.Until(`document.getElementById('experiments').textContent.includes('1 stopped')`)
}

// fetchAnew has the page fetch its live regions, one of which it takes for another.
func fetchAnew(region string) chromedp.Action[chromedp.Void] {
	return chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.getElementById(%q).dataset.live = 'another'; import('/assets/layout/live.js').then((live) => live.again()); undefined`, region))
}

// TestAPageHasTheLastStateOfAServerThatEnds ends a server while the page waits for an answer that tells of an earlier state.
func TestAPageHasTheLastStateOfAServerThatEnds(t *testing.T) {
	web := browser.Open(t)
	b := newBench(t, "other")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	b.must(err)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	served := make(chan error, 1)
	go func() { served <- New(Config{Store: b.store, Version: "test"}).Serve(ctx, l) }()
	address := "http://" + l.Addr().String()
	web.Do(chromedp.Navigate(address))
	web.Until(`document.getElementById('connection').textContent === 'live'`)
	var a *tracker.Attempting
	web.Hold(address, func() { a, _ = b.train("other/1") })
	b.must(a.End(t.Context(), tracker.Stopped, "enough"))
	end()
	web.Until(`document.getElementById('experiments').textContent.includes('1 stopped')`)
	web.Until(`document.getElementById('connection').textContent.includes('ended')`)
	b.must(<-served)
}
