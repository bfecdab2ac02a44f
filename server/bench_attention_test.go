package server

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"inkstone/tracker"
	"inkstone/tracker/heads"
)

// BenchmarkAttention opens views of maps of 24 layers, 32 heads and 512 tokens, of which nothing has been drawn yet: the page
// with the grid of all heads, and the page with one head, its picture and its weights.
func BenchmarkAttention(b *testing.B) {
	const layers, count, side = 24, 32, 512
	store, err := tracker.Open(filepath.Join(b.TempDir(), "store"), tracker.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	run, capture := largeMaps(b, store, layers, count, side)
	page := "/runs/" + run + "/attention"
	figure := func(kind, query string) string {
		return fmt.Sprintf("/figures/%s?capture=%d&run=%s&v=%d&%s", kind, capture, run, capture, query)
	}
	for _, c := range []struct {
		name      string
		addresses func(i int) []string
	}{
		{"page", func(int) []string { return []string{page} }},
		{"grid", func(int) []string { return []string{page, figure("heads.svg", "head=0&layer=0")} }},
		{"sorted", func(int) []string {
			return []string{page + "?sort=induction", figure("heads.svg", "head=0&layer=0&sort=induction")}
		}},
		{"head", func(i int) []string {
			place := fmt.Sprintf("layer=%d&head=%d&query=%d", i%layers, i%count, side-1)
			return []string{page + "?" + place, figure("attention.svg", place)}
		}},
		{"weights", func(i int) []string {
			return []string{figure("attention.json", fmt.Sprintf("layer=%d&head=%d&query=%d", i%layers, i%count, side-1))}
		}},
	} {
		b.Run(c.name, func(b *testing.B) { openEach(b, store, c.addresses) })
	}
}

// openEach opens addresses one after the other, on a server that has drawn nothing, and reports the median time of all.
func openEach(b *testing.B, store *tracker.Store, addresses func(i int) []string) {
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		s := New(Config{Store: store, Version: "bench"})
		server := httptest.NewServer(s.Handler())
		b.StartTimer()
		began := time.Now()
		for _, address := range addresses(i) {
			fetchAll(b, server.URL+address)
		}
		times = append(times, time.Since(began))
		b.StopTimer()
		s.live.Close()
		server.Close()
		s.close()
		b.StartTimer()
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
}

func fetchAll(b *testing.B, address string) {
	b.Helper()
	answer, err := http.Get(address)
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	if n, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK || n < 1000 {
		b.Fatal(address, answer.Status, n, err)
	}
}

// largeMaps captures attention of random weights that look back, and records every score of every head.
func largeMaps(b *testing.B, store *tracker.Store, layers, count, side int) (string, int64) {
	run, err := store.CreateRun(b.Context(), tracker.NewRun{Experiment: "e", Variant: "baseline", Seed: 1, Digest: "d", Spec: []byte(`{}`)})
	if err != nil {
		b.Fatal(err)
	}
	a, err := store.BeginAttempt(b.Context(), run.ID, tracker.AttemptInfo{Host: "here"}, nil)
	if err != nil {
		b.Fatal(err)
	}
	recordScores(b, a, run.ID, layers, count)
	c := tracker.Capture{Name: "attention", Step: 100, Layers: layers, Heads: count, Queries: side, Keys: side, DType: tracker.F16, Values: make([]float32, layers*count*side*side)}
	for i := range side {
		c.Tokens = append(c.Tokens, string(rune('一'+i)))
	}
	random := rand.New(rand.NewPCG(5, 6))
	for row := range layers * count * side {
		seen := row%side + 1
		for k := range seen {
			c.Values[row*side+k] = 2 * random.Float32() / float32(seen)
		}
	}
	if err := a.Capture(b.Context(), c, 0); err != nil {
		b.Fatal(err)
	}
	captures, err := store.Captures(b.Context(), run.ID)
	if err != nil || len(captures) != 1 {
		b.Fatal(len(captures), err)
	}
	return run.ID, captures[0].ID
}

func recordScores(b *testing.B, a *tracker.Attempting, run string, layers, count int) {
	r := tracker.NewRecorder(a.Sink(), run, a.Number(), tracker.RecorderOptions{})
	for _, step := range []int64{50, 100} {
		for layer := range layers {
			for head := range count {
				for _, m := range heads.Measures() {
					series, err := r.Series(m.Metric(), heads.Context(layer, head))
					if err != nil {
						b.Fatal(err)
					}
					if err := r.LogSeries(step, []tracker.Handle{series}, []float64{float64(layer*count+head) / float64(layers*count)}); err != nil {
						b.Fatal(err)
					}
				}
			}
		}
	}
	if err := r.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
}
