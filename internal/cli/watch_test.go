package cli_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"inkstone/internal/browser"
)

var dashboardAddress = regexp.MustCompile(`http://127\.0\.0\.1:\d+/`)

// TestTheBrowserFollowsARun opens the page that a real run serves: points arrive while it trains, without reloading, and at
// the end there are the table and the attention maps.
func TestTheBrowserFollowsARun(t *testing.T) {
	web := browser.Open(t)
	store := filepath.Join(t.TempDir(), "store")
	c := start(t, "run", tiny, "--addr", "127.0.0.1:0", "--set", "train.max_steps=1200", "--store", store)
	run := awaitTraining(t, store, 1)[0]
	address := dashboardAddress.FindString(c.stderr.String())

	web.Do(chromedp.Navigate(address + "experiments/tiny?metric=train%2Floss"))
	web.Until(`document.getElementById('connection').textContent === 'live'`)
	web.Until(`document.querySelector('[data-figure=curves] img').naturalWidth > 0`)
	before := browser.Read(web, chromedp.Evaluate[string](`window.notReloaded = true; document.querySelector('[data-figure=curves] img').src`))
	web.Until(`document.querySelector('[data-figure=curves] img').src !== ` + quoted(before))
	if err := c.Wait(); err != nil { // it ends when the page has its last state
		t.Fatalf("%v\n%s", err, c.stderr.String())
	}
	web.Until(`document.querySelectorAll('#plan .state.finished').length === 4`)
	web.Until(`document.getElementById('table').textContent.includes('one-layer')`)
	if !browser.Read(web, chromedp.Evaluate[bool](`window.notReloaded === true`)) {
		t.Error("the page was loaded again")
	}
	web.Silent("ERR_CONNECTION_REFUSED") // the page calls again when the run's server has ended with the run

	s := start(t, "serve", "--addr", "127.0.0.1:0", "--store", store)
	for address = ""; address == ""; time.Sleep(20 * time.Millisecond) {
		address = dashboardAddress.FindString(s.stderr.String())
	}
	web.Do(chromedp.Navigate(address + "runs/" + run))
	web.Until(`(document.querySelector('#attention img')?.scrollIntoView(), document.querySelector('#attention img')?.naturalWidth > 100)`)
	web.Do(chromedp.Navigate(address + "runs/" + run + "/log"))
	if log := browser.Read(web, chromedp.Text("#log")); !strings.Contains(log, "attempt 1 of tiny/") {
		t.Errorf("got log %q", log)
	}
	web.Picture("run-served")
	web.Silent("ERR_CONNECTION_REFUSED")
}

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "\\'") + "'" }
