package data

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/experiments"
)

var symbols = experiments.Repeats{Symbols: 32, MinPeriod: 6, MaxPeriod: 24}

func repeats(t testing.TB) *Prepared {
	t.Helper()
	var s experiments.Spec
	s.Data.Corpus, s.Data.Repeats = "repeats", symbols
	p, err := Prepare(t.Context(), s, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRepeats(t *testing.T) {
	p, periods, firsts := repeats(t), map[int]int{}, map[int32]int{}
	const rows = 19000
	for row := range rows {
		w := p.Window(Train, 1, 3, row, 65)
		period := w.ScoreFrom - 1
		periods[period]++
		firsts[w.Tokens[0]]++
		seen := map[int32]bool{}
		for i, id := range w.Tokens {
			if id < 0 || id >= 32 {
				t.Fatalf("row %d has symbol %d", row, id)
			}
			if i < period {
				if seen[id] {
					t.Fatalf("row %d has %d twice in a round", row, id)
				}
				seen[id] = true
			} else if id != w.Tokens[i-period] {
				t.Fatalf("row %d does not repeat after %d", row, period)
			}
		}
	}
	even(t, "periods", periods, 19, rows)
	even(t, "first symbols", firsts, 32, rows)
}

// even fails where a count is further than five standard deviations from an even share.
func even[K comparable](t *testing.T, what string, counts map[K]int, kinds, draws int) {
	t.Helper()
	share := 1 / float64(kinds)
	want, sd := float64(draws)*share, math.Sqrt(float64(draws)*share*(1-share))
	if len(counts) != kinds {
		t.Errorf("%s: %d kinds, want %d", what, len(counts), kinds)
	}
	for k, n := range counts {
		if math.Abs(float64(n)-want) > 5*sd {
			t.Errorf("%s: %v comes %d times, want about %.0f", what, k, n, want)
		}
	}
}

// The stream is part of what a seed means: other numbers here make every recorded run of the corpus another one.
func TestRepeatsStream(t *testing.T) {
	w := repeats(t).Window(Train, 1, 1, 0, 12)
	want := Window{Tokens: []int32{20, 29, 2, 30, 7, 23, 19, 28, 5, 9, 6, 15}, ScoreFrom: 15}
	if d := cmp.Diff(want, w); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestWindowsArePure(t *testing.T) {
	text := prepare(t, files(corpus(t), "bytes"), t.TempDir())
	for name, p := range map[string]*Prepared{"repeats": repeats(t), "text": text} {
		t.Run(name, func(t *testing.T) {
			draw := func() []Window {
				windows := make([]Window, 200)
				var group sync.WaitGroup
				for i := range windows {
					group.Go(func() { windows[i] = p.Window(Train, 5, i/4, i%4, 64) })
				}
				group.Wait()
				return windows
			}
			first := draw()
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			if d := cmp.Diff(first, draw()); d != "" {
				t.Errorf("on one processor (-first +second):\n%s", d)
			}
			for what, other := range map[string]Window{
				"side": p.Window(Validation, 5, 1, 1, 64), "seed": p.Window(Train, 6, 1, 1, 64),
				"step": p.Window(Train, 5, 2, 1, 64), "row": p.Window(Train, 5, 1, 2, 64),
			} {
				if cmp.Equal(p.Window(Train, 5, 1, 1, 64), other) {
					t.Errorf("another %s gives the same window", what)
				}
			}
		})
	}
}

// Every window lies within its side, the first and the last possible ones included.
func TestWindowsReachBothEnds(t *testing.T) {
	s := files(corpus(t), "bytes")
	p := prepare(t, s, t.TempDir())
	n := int(p.ValidationTokens) - 1
	whole := p.validation.read(0, n+1)
	ends := map[bool]int{}
	for row := range 64 {
		w := p.Window(Validation, 1, 0, row, n)
		if !slices.Equal(w.Tokens, whole[:n]) && !slices.Equal(w.Tokens, whole[1:]) {
			t.Fatalf("row %d is no stretch of the corpus", row)
		}
		ends[slices.Equal(w.Tokens, whole[:n])]++
	}
	if ends[true] == 0 || ends[false] == 0 {
		t.Errorf("of 64 windows %d begin at 0 and %d at 1", ends[true], ends[false])
	}
}
