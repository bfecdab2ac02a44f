package server

import (
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"inkstone/internal/browser"
	"inkstone/internal/specimen"
)

// TestPagesAreAccessible has axe look at every page: on a wide screen in light, its colours in dark, and on a narrow one.
func TestPagesAreAccessible(t *testing.T) {
	web := browser.Open(t)
	store, err := specimen.Open(t.Context(), filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	s := New(Config{Store: store.Store, Version: "test"})
	server := httptest.NewServer(s.Handler())
	defer func() { s.live.Close(); server.Close(); s.close() }()
	run := store.Runs["copying/baseline/1"].ID
	captures, err := store.Captures(t.Context(), run)
	if err != nil || len(captures) == 0 {
		t.Fatalf("the specimen has %d captures, %v", len(captures), err)
	}
	s.walk(t, tour{experiment: "copying", run: run, capture: fmt.Sprint(captures[0].ID)}, func(t *testing.T, pattern, address string) {
		if data[pattern] {
			return
		}
		web.Do(chromedp.EmulateViewport(1300, 900), browser.Scheme("light"), chromedp.Navigate(server.URL+address))
		web.Axe(t)
		web.Do(browser.Scheme("dark"))
		web.Axe(t, "color-contrast")
		web.Do(chromedp.EmulateViewport(360, 800), browser.Scheme("light"))
		web.Axe(t)
	})
}
