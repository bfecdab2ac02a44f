package server

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"inkstone/internal/browser"
)

// TestPagesAreAccessible has axe look at every page: on a wide screen in light, its colours in dark, and on a narrow one.
func TestPagesAreAccessible(t *testing.T) {
	web := browser.Open(t)
	store, s, home := servedSpecimen(t)
	run := store.Runs["copying/baseline/1"].ID
	captures, err := store.Captures(t.Context(), run)
	if err != nil || len(captures) == 0 {
		t.Fatalf("the specimen has %d captures, %v", len(captures), err)
	}
	s.walk(t, tour{experiment: "copying", run: run, capture: fmt.Sprint(captures[0].ID)}, func(t *testing.T, pattern, address string) {
		if data[pattern] {
			return
		}
		web.Do(chromedp.EmulateViewport(1300, 900), browser.Scheme("light"), chromedp.Navigate(home+address))
		web.Axe(t)
		web.Do(browser.Scheme("dark"))
		web.Axe(t, "color-contrast")
		web.Do(chromedp.EmulateViewport(360, 800), browser.Scheme("light"))
		web.Axe(t, "wcag2a", "wcag21a", "best-practice") // all but the contrast of colours, which takes most of the time
	})
}
