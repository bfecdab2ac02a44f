package cli_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/internal/specimen"
	"inkstone/server"
	"inkstone/tracker"
)

// TestPlotWritesTheBytesOfThePage draws every kind of figure, and one in every form, here and through a server.
func TestPlotWritesTheBytesOfThePage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s, err := specimen.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	web := httptest.NewServer(server.New(server.Config{Store: s.Store}).Handler())
	defer web.Close()
	run := s.Runs["copying/baseline/1"].ID
	captures, err := s.Captures(t.Context(), run)
	if err != nil || len(captures) == 0 {
		t.Fatal(captures, err)
	}
	newest := int64(0)
	for _, c := range captures {
		if c.Kind == tracker.Attention {
			newest = max(newest, c.ID)
		}
	}
	for address, args := range map[string][]string{
		fmt.Sprintf("heads?metric=val/loss&capture=%d&run=%s", newest, run):          {run, "--kind", "heads"},
		"curves?experiment=copying&metric=val/loss":                                  {"copying"},
		"difference?experiment=copying&metric=val/loss&yscale=symlog":                {"copying", "--difference", "--yscale", "symlog"},
		"forest?experiment=copying&metric=val/loss":                                  {"copying", "--kind", "forest"},
		"spark?experiment=blocks&metric=val/loss":                                    {"blocks", "--kind", "spark"},
		"curve?metric=train/loss&smooth=ema:20&yscale=log&theme=dark&run=" + run:     {run, "--metric", "train/loss", "--smooth", "ema:20", "--yscale", "log", "--dark"},
		"compare?metric=val/loss&group=experiment&x=train/tokens&where=seed%3D1":     {"--where", "seed=1", "--group", "experiment", "--x", "train/tokens"},
		"compare-difference?metric=val/loss&from=50&to=90&where=experiment%3Dblocks": {"--where", "experiment=blocks", "--difference", "--from", "50", "--to", "90"},
		"attention?capture=1&layer=1&head=1&metric=val/loss":                         {"--kind", "attention", "--capture", "1", "--layer", "1", "--head", "1"},
	} {
		formats := []string{"svg"}
		if len(args) == 1 {
			formats = []string{"svg", "png", "pdf", "tex", "csv", "json"}
		}
		for _, format := range formats {
			kind, query, _ := strings.Cut(address, "?")
			file := filepath.Join(t.TempDir(), "figure."+format)
			mustRun(t, append([]string{"plot", "--store", dir, "-o", file}, args...)...)
			written, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			served := fetched(t, web.URL+"/figures/"+kind+"."+format+"?"+query)
			if string(written) != served || len(written) == 0 {
				t.Errorf("%s as %s: %d bytes written, %d served, and they differ", kind, format, len(written), len(served))
			}
		}
	}
}

func fetched(t *testing.T, address string) string {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v\n%s", address, answer.StatusCode, err, body)
	}
	return string(body)
}
