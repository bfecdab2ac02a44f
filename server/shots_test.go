package server

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"inkstone/internal/browser"
	"inkstone/internal/specimen"
	"inkstone/tracker"
)

// shownPages are pages of a specimen store, by the name of their picture.
func shownPages(s *specimen.Store) map[string]string {
	return map[string]string{
		"home":             "/",
		"experiment":       "/experiments/copying",
		"experiment-live":  "/experiments/blocks",
		"experiment-many":  "/experiments/learning-rates",
		"experiment-poems": "/experiments/tang-poems",
		"runs":             "/runs",
		"runs-filtered":    "/runs?where=experiment+%3D+copying+and+val%2Floss+%3C+2&sort=val%2Floss",
		"runs-mistake":     "/runs?where=vriant+%3D+baseline",
		"run":              "/runs/" + s.Runs["copying/baseline/1"].ID,
		"run-live":         "/runs/" + s.Runs["blocks/baseline/2"].ID,
		"run-failed":       "/runs/" + s.Runs["copying/one-head/4"].ID,
		"run-poems":        "/runs/" + s.Runs["tang-poems/baseline/1"].ID,
		"run-metric":       "/runs/" + s.Runs["copying/baseline/1"].ID + "?metric=train/loss&metric=val/loss",
		"run-log":          "/runs/" + s.Runs["blocks/baseline/2"].ID + "/log",
		"run-log-search":   "/runs/" + s.Runs["copying/one-head/4"].ID + "/log?q=step+1.0",
		"run-log-mistake":  "/runs/" + s.Runs["copying/one-head/4"].ID + "/log?q=loss+(",
		"run-parameters":   "/runs/" + s.Runs["copying/one-layer/1"].ID + "/parameters",
		"run-environment":  "/runs/" + s.Runs["copying/baseline/1"].ID + "/environment",
		"run-code":         "/runs/" + s.Runs["copying/baseline/1"].ID + "/code",
		"run-attempts":     "/runs/" + s.Runs["copying/one-head/4"].ID + "/attempts",
		"run-artifacts":    "/runs/" + s.Runs["copying/baseline/1"].ID + "/artifacts",
		"run-artifact":     "/runs/" + s.Runs["copying/baseline/1"].ID + "/artifacts/environment/attempt-1/git.diff",
		"samples":          "/samples?experiment=tang-poems",
		"samples-steps":    "/samples?run=" + s.Runs["tang-poems/baseline/1"].ID,
		"samples-none":     "/samples?run=" + s.Runs["learning-rates/baseline/1"].ID,
		"attention":        "/runs/" + s.Runs["copying/baseline/1"].ID + "/attention?place=L1H1&query=16&sort=induction",
		"attention-poems":  "/runs/" + s.Runs["tang-poems/baseline/1"].ID + "/attention?rollout=1&hidefirst=1",
		"heads":            "/experiments/copying/heads",
		"compare":          "/compare?where=experiment+in+(copying,+blocks)",
		"compare-empty":    "/compare",
		"store":            "/store",
		"failure":          "/nowhere",
	}
}

// TestShots keeps pictures of every page in a folder that INKSTONE_SCREENSHOTS names: light, dark and narrow. INKSTONE_SHOTS_STORE
// names a store of trained runs whose first experiment is shown too.
func TestShots(t *testing.T) {
	if os.Getenv("INKSTONE_SCREENSHOTS") == "" {
		t.Skip("INKSTONE_SCREENSHOTS names no folder; `make shots` does")
	}
	made, err := specimen.Open(t.Context(), filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	empty := openStore(t, filepath.Join(t.TempDir(), "empty"))
	defer empty.Close()
	web := browser.Open(t)
	shoot(web, made.Store, shownPages(made))
	shoot(web, empty, map[string]string{"home-empty": "/", "runs-empty": "/runs", "store-empty": "/store"})
	if dir := os.Getenv("INKSTONE_SHOTS_STORE"); dir != "" {
		trained := openStore(t, dir)
		defer trained.Close()
		shoot(web, trained, trainedPages(t, trained))
	}
}

func openStore(t *testing.T, dir string) *tracker.Store {
	t.Helper()
	store, err := tracker.Open(dir, tracker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func trainedPages(t *testing.T, store *tracker.Store) map[string]string {
	t.Helper()
	list, err := store.Experiments(t.Context())
	if err != nil || len(list) == 0 {
		t.Fatalf("no trained experiment: %v", err)
	}
	runs, err := store.Runs(t.Context(), tracker.RunFilter{Experiment: &list[0].Name})
	if err != nil || len(runs) == 0 {
		t.Fatalf("no trained run: %v", err)
	}
	return map[string]string{"trained-home": "/", "trained-experiment": "/experiments/" + list[0].Name, "trained-run": "/runs/" + runs[0].ID}
}

// shoot takes every page in light and dark on a wide screen, and on a narrow one.
func shoot(web *browser.Tab, store *tracker.Store, pages map[string]string) {
	s := New(Config{Store: store, Version: "shots"})
	server := httptest.NewServer(s.Handler())
	defer func() { s.live.Close(); server.Close() }()
	for name, path := range pages {
		for kind, screen := range map[string]struct {
			width  int64
			scheme string
		}{"light": {1300, "light"}, "dark": {1300, "dark"}, "narrow": {360, "light"}} {
			web.Do(chromedp.EmulateViewport(screen.width, 900), browser.Scheme(screen.scheme), chromedp.Navigate(server.URL+path))
			web.Until(`[...document.images].every((image) => (image.loading = 'eager', image.complete))`)
			web.Picture(name + "-" + kind)
		}
	}
}
