package server

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"inkstone/internal/browser"
	"inkstone/tracker"
)

// visit shows a run's pages to a reader.
type visit struct {
	*browser.Tab
	*bench
	run      tracker.Run
	recorder *tracker.Recorder
}

func (v visit) open(path string) {
	v.Do(chromedp.Navigate(v.server.URL + path))
	v.Until(`document.getElementById('connection').textContent === 'live'`)
}

func (v visit) text(selector string) string {
	return browser.Read(v.Tab, chromedp.Evaluate[string](fmt.Sprintf(`[...document.querySelectorAll(%q)].map((e) => e.textContent).join('|')`, selector)))
}

// say has the run's process write to its log.
func (v visit) say(text string) {
	f, err := os.OpenFile(v.store.LogPath(v.run.ID, 2), os.O_APPEND|os.O_WRONLY, 0o644)
	v.must(err)
	_, err = f.WriteString(text)
	v.must(err)
	v.must(f.Close())
}

func TestARunIsReadInABrowser(t *testing.T) {
	b, run, recorder := resumed(t)
	v := visit{browser.Open(t), b, run, recorder}
	for _, c := range []struct {
		name string
		see  func(t *testing.T, v visit)
	}{
		{"parts are addresses", partsAreAddresses}, {"metrics are found while their names are written", metricsAreFound}, {"a new metric is told of", newMetricIsTold},
		{"the log follows its end", logFollows}, {"the log waits for its reader", logWaits}, {"older lines come", olderLinesCome}, {"the log is scrolled while it asks", logIsScrolledWhileItAsks}, {"a line has an address", lineHasAddress},
		{"the log is searched", logIsSearched}, {"changes of code are read", changesAreRead}, {"a picture is shown", pictureIsShown}, {"samples stand side by side", samplesStandSideBySide},
		{"tags are changed", tagsAreChanged}, {"a run that waits begins", waitingRunBegins},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.see(t, v)
			v.Silent()
		})
	}
}

func partsAreAddresses(t *testing.T, v visit) {
	v.open("/runs/" + v.run.ID)
	for _, part := range []string{"Samples", "Attention", "Log", "Parameters", "Environment", "Code", "Attempts", "Artifacts", "Curves"} {
		v.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`[...document.querySelectorAll('nav.parts a')].find((a) => a.textContent === %q).click()`, part)))
		v.Until(fmt.Sprintf(`document.querySelector('nav.parts [aria-current]')?.textContent === %q && document.readyState === 'complete'`, part))
		if heading := v.text("h1"); heading != "baseline, seed 1" {
			t.Errorf("%s is headed %q", part, heading)
		}
	}
	if at := browser.Read(v.Tab, chromedp.Evaluate[string](`location.pathname`)); at != "/runs/"+v.run.ID {
		t.Errorf("the last is at %s", at)
	}
	if width := browser.Read(v.Tab, chromedp.Evaluate[float64](`document.querySelector('.metric .plot').getBoundingClientRect().width`)); width < 200 {
		t.Errorf("a curve is %v pixels wide", width)
	}
}

func metricsAreFound(t *testing.T, v visit) {
	v.open("/runs/" + v.run.ID)
	v.Do(chromedp.SendKeys("[data-search]", "speed"))
	v.Until(`location.search === '?q=speed'`)
	if shown := v.text(".metric:not([hidden]) h3 a"); shown != "system/speed" {
		t.Errorf("shown are %q", shown)
	}
	v.Until(`document.getElementById('group-system').open && document.querySelector('#group-system img').naturalWidth > 0`)
	v.Picture("run-found")
}

func newMetricIsTold(t *testing.T, v visit) {
	v.open("/runs/" + v.run.ID)
	v.must(v.recorder.Log(8, map[string]float64{"val/loss": 1.5, "val/accuracy": 0.9}))
	_, err := v.recorder.Flush(t.Context())
	v.must(err)
	v.Until(`document.querySelector('.metric [data-value$="val/loss"]').textContent === '1.5'`)
	v.Until(`document.getElementById('series-new').textContent === '1 new: show' && !document.getElementById('series-new').hidden`)
	v.Do(browser.Click("#series-new"))
	v.Until(`[...document.querySelectorAll('.metric h3 a')].some((a) => a.textContent === 'val/accuracy')`)
}

func logFollows(t *testing.T, v visit) {
	v.open("/runs/" + v.run.ID + "/log")
	v.Until(`(log => log.scrollTop + log.clientHeight >= log.scrollHeight - 12)(document.getElementById('log'))`)
	v.say("half")
	v.Until(`document.getElementById('L1202')?.querySelector('.text').textContent === 'half'`)
	v.say(" and half\n\x1b[31mnext\x1b[0m\n")
	v.Until(`document.getElementById('L1202').querySelector('.text').textContent === 'half and half'`)
	v.Until(`document.querySelector('#L1203 .fg-1')?.textContent === 'next'`)
	v.Until(`(log => log.scrollTop + log.clientHeight >= log.scrollHeight - 12)(document.getElementById('log'))`)
	if said := v.text("#extent"); !strings.HasSuffix(said, "to 1203 of 1203") {
		t.Errorf("it says %q", said)
	}
}

func logWaits(t *testing.T, v visit) {
	v.open("/runs/" + v.run.ID + "/log")
	v.Until(`document.getElementById('log').scrollTop > 0`)
	v.Do(chromedp.Evaluate[chromedp.Void](`document.getElementById('log').scrollTop = 200`))
	v.say("one\ntwo\n")
	v.Until(`document.getElementById('news').textContent === '2 new lines ↓' && !document.getElementById('news').hidden`)
	if top := browser.Read(v.Tab, chromedp.Evaluate[int](`document.getElementById('log').scrollTop`)); top != 200 {
		t.Errorf("the log has moved to %d", top)
	}
	v.Picture("run-log-news")
	v.Do(browser.Click("#news"))
	v.Until(`document.getElementById('news').hidden && document.getElementById('L1205').getBoundingClientRect().bottom <= document.getElementById('log').getBoundingClientRect().bottom`)
}

func olderLinesCome(_ *testing.T, v visit) {
	v.open("/runs/" + v.run.ID + "/log")
	v.Until(`document.getElementById('log').scrollTop > 0 && !document.getElementById('L500')`)
	v.Do(chromedp.Evaluate[chromedp.Void](`document.getElementById('log').scrollTop = 0`))
	v.Until(`document.getElementById('L500') !== null`)
	v.Do(chromedp.Evaluate[chromedp.Void](`document.getElementById('log').scrollTop = 0`))
	v.Until(`document.getElementById('L1') && document.querySelector('.older').hidden`)
}

func logIsScrolledWhileItAsks(t *testing.T, v visit) {
	v.open("/runs/" + v.run.ID + "/log")
	v.Hold("/log?", func() { v.say("three\n") })
	v.Do(chromedp.Evaluate[chromedp.Void](`(() => { const log = document.getElementById('log'); log.addEventListener('scroll', () => setTimeout(window.release), { once: true }); log.scrollTop = 0; })()`))
	v.Until(`document.getElementById('L500') !== null`)
	v.Until(`!document.getElementById('news').hidden || document.getElementById('L1206')`)
	if browser.Read(v.Tab, chromedp.Evaluate[bool](`document.getElementById('log').scrollTop > document.getElementById('L900').offsetTop`)) {
		t.Error("the reader was taken to the end")
	}
}

func lineHasAddress(_ *testing.T, v visit) {
	v.open("/runs/" + v.run.ID + "/attempts")
	v.open("/runs/" + v.run.ID + "/log")
	v.Do(chromedp.Evaluate[chromedp.Void](`location.hash = '#L77'`))
	v.Until(`location.search === '?attempt=2&line=77' && document.querySelector('.line:target')?.id === 'L77'`)
	v.Do(browser.Click("#L79 .number"))
	v.Until(`location.search === '?attempt=2&line=79' && document.querySelector('.line:target')?.id === 'L79'`)
}

func logIsSearched(t *testing.T, v visit) {
	v.open("/runs/" + v.run.ID + "/log?line=3")
	v.Do(chromedp.SendKeys("[data-search]", `line 12\d\d`), browser.Click("form[role=search] button"))
	v.Until(`location.search.includes('q=line') && document.querySelectorAll('.line').length === 1`)
	if found := v.text(".match"); found != "line 1200" {
		t.Errorf("found %q", found)
	}
	v.Do(browser.Click("#L1200 .number"))
	v.Until(`document.querySelector('.line:target')?.textContent.includes('line 1200 ok')`)
}

func changesAreRead(t *testing.T, v visit) {
	v.open("/runs/" + v.run.ID + "/code?attempt=1")
	if removed, added := v.text(".diff .removed code"), v.text(".diff .added code"); removed != "\treturn mlp(y)" || added != "\treturn mlp(y) + x // <b>" {
		t.Errorf("removed %q, added %q", removed, added)
	}
	colours := browser.Read(v.Tab, chromedp.Evaluate[string](`['.removed', '.added'].map((c) => getComputedStyle(document.querySelector('.diff ' + c)).backgroundColor).join()`))
	if left, right, _ := strings.Cut(colours, "),"); left == strings.TrimSuffix(right, ")") {
		t.Errorf("they look alike: %s", colours)
	}
}

func pictureIsShown(_ *testing.T, v visit) {
	v.keep(v.run.ID, "plot.png", "image/png", picture())
	v.open("/runs/" + v.run.ID + "/artifacts/plot.png")
	v.Until(`document.querySelector('.picture').naturalWidth === 1`)
}

func samplesStandSideBySide(t *testing.T, v visit) {
	v.open("/samples?run=" + v.run.ID)
	if texts, new := v.text(".output"), v.text(".output mark"); texts != "處處鳥。|處處聞啼鳥。" || new != "聞啼" {
		t.Errorf("texts %q, of which are new %q", texts, new)
	}
	places := browser.Read(v.Tab, chromedp.Evaluate[[]float64](`[...document.querySelectorAll('.sample')].map((e) => e.getBoundingClientRect().top)`))
	if len(places) != 2 || places[0] != places[1] {
		t.Errorf("they stand at %v", places)
	}
	v.Picture("samples-run")
}

func tagsAreChanged(t *testing.T, v visit) {
	v.open("/runs/" + v.run.ID + "/attempts")
	v.Do(browser.Click("#tagging summary"), chromedp.SendKeys("#tagging input[name=set]", "owner = 我"), browser.Click("#tagging button"))
	v.Until(`location.pathname.endsWith('/attempts') && [...document.querySelectorAll('.tag')].some((tag) => tag.textContent.includes('owner = 我'))`)
	v.Do(browser.Click(`button[aria-label="Take the tag owner away"]`))
	v.Until(`document.readyState === 'complete' && document.querySelectorAll('.tag').length === 1`)
}

func waitingRunBegins(t *testing.T, v visit) {
	v.open("/runs/" + v.runs["other/2"].ID)
	a, r := v.train("other/2")
	v.must(r.Log(1, map[string]float64{"train/loss": 3}))
	_, err := r.Flush(t.Context())
	v.must(err)
	v.Until(`document.querySelector('.metric .last')?.textContent === '3'`)
	v.must(a.End(t.Context(), tracker.Finished, ""))
	v.Until(`document.querySelector('#status .word').classList.contains('finished')`)
}
