package tracker

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// logAll appends values of a metric, a batch for each few, and folds the first half.
func logAll(t *testing.T, s *Store, run, metric string, steps []int64, values []float64) {
	t.Helper()
	a := begin(t, s, run, nil)
	defer a.release()
	for i, step := range steps {
		put(t, s, a, int64(i+1), at(metric, step, values[i]))
		if i == len(steps)/2 {
			foldAll(t, s)
		}
	}
}

func TestPointAt(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	if _, ok, err := s.PointAt(t.Context(), run, Series{Metric: "loss"}, 5); ok || err != nil {
		t.Errorf("of nothing: %v, %v", ok, err)
	}
	logAll(t, s, run, "loss", []int64{1, 5, 9, 9, 20}, []float64{10, 50, 90, 91, 200})
	back := addRun(t, s, "e", "baseline", 2, "d2").ID
	logAll(t, s, back, "loss", []int64{5, 1, 9, 3}, []float64{50, 10, 90, 30})
	for _, c := range []struct {
		run  string
		step int64
		want Value
		ok   bool
	}{{run, 0, 0, false}, {run, 1, 10, true}, {run, 8, 50, true}, {run, 9, 91, true}, {run, 99, 200, true},
		{back, 2, 10, true}, {back, 4, 30, true}, {back, 8, 50, true}, {back, 0, 0, false}} {
		p, ok, err := s.PointAt(t.Context(), c.run, Series{Metric: "loss"}, c.step)
		if ok != c.ok || err != nil || ok && p.Value != c.want {
			t.Errorf("at %d: got %v, %v, %v; want %v", c.step, p.Value, ok, err, c.want)
		}
	}
}

func TestPointWhereAnotherIsBest(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	a := begin(t, s, run, nil)
	for i, loss := range []float64{3, math.NaN(), 1, 1, 2} {
		step := int64(10 * i)
		put(t, s, a, int64(i+1), at("loss", step, loss), at("accuracy", step, float64(i)), at("nan", step, math.NaN()))
	}
	accuracy := Series{Metric: "accuracy"}
	for _, c := range []struct {
		by       string
		maximize bool
		want     Value
		ok       bool
	}{{"loss", false, 2, true}, {"loss", true, 0, true}, {"nan", false, 0, false}, {"absent", false, 0, false}} {
		p, ok, err := s.PointWhereBest(t.Context(), run, accuracy, Series{Metric: c.by}, c.maximize)
		if ok != c.ok || p.Value != c.want || err != nil {
			t.Errorf("by %s (maximize %v): got %v, %v, %v", c.by, c.maximize, p.Value, ok, err)
		}
	}
}

func TestAxisMaps(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	a := begin(t, s, run, nil)
	put(t, s, a, 1, at("tokens", 0, 0), at("tokens", 10, 1000), at("tokens", 20, 1000), at("tokens", 30, 4000),
		at("falls", 1, 2), at("falls", 2, 1), at("nan", 1, math.NaN()))
	m, err := s.AxisMap(t.Context(), run, Series{Metric: "tokens"})
	if err != nil {
		t.Fatal(err)
	}
	for step, want := range map[int64]float64{-5: 0, 0: 0, 5: 500, 10: 1000, 15: 1000, 20: 1000, 29: 3700, 30: 4000, 99: 4000} {
		if got := m.At(step); got != want {
			t.Errorf("at step %d: got %v, want %v", step, got, want)
		}
	}
	for _, c := range []struct {
		from, to    float64
		first, last int64
		ok          bool
	}{{0, 4000, 0, 30, true}, {500, 3700, 5, 29, true}, {1000, 1000, 10, 20, true}, {450, 999, 5, 9, true}, {5000, 6000, 0, 0, false}, {-9, -1, 0, 0, false}} {
		first, last, ok := m.Steps(c.from, c.to)
		if ok != c.ok || ok && (first != c.first || last != c.last) {
			t.Errorf("%v to %v: got steps %d to %d, %v; want %d to %d", c.from, c.to, first, last, ok, c.first, c.last)
		}
	}
	for metric, want := range map[string]error{"falls": ErrInvalid, "nan": ErrInvalid, "absent": ErrNotFound} {
		if _, err := s.AxisMap(t.Context(), run, Series{Metric: metric}); !errors.Is(err, want) {
			t.Errorf("%s: got %v", metric, err)
		}
	}
}

func TestPairsAreJoinedByStep(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	put(t, s, begin(t, s, run, nil), 1, at("x", 1, 10), at("x", 2, 20), at("x", 2, 21), at("y", 2, 5), at("y", 3, 6), at("y", 1, 7))
	pairs, err := s.Pairs(t.Context(), run, Series{Metric: "x"}, Series{Metric: "y"})
	if diff := cmp.Diff([]Pair{{2, 21, 5}, {1, 10, 7}}, pairs); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
