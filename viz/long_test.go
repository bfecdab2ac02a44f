package viz

import (
	"math"
	"strings"
	"testing"

	"inkstone/tracker"
)

// TestLongSeriesKeepEveryExtreme: a run of far more points than pixels is read from its pyramid; its spikes, and what is no
// number, are drawn and counted.
func TestLongSeriesKeepEveryExtreme(t *testing.T) {
	s := fill(t, study{variants: []string{"baseline"}, seeds: 2, steps: 299_999, every: 1, value: func(_ int, seed, step int64) (float64, bool) {
		switch {
		case seed == 1 && step == 123_457:
			return 40, true
		case seed == 1 && step == 200_001:
			return -30, true
		case step%100_000 == 7:
			return math.NaN(), true
		}
		return math.Sin(float64(step) / 5000), true
	}})
	for name, request := range map[string]Request{
		"run":    {Kind: "curve", Where: "seed = 1", Metric: loss},
		"curves": {Kind: "curves", Experiment: "study", Metric: loss},
		"smooth": {Kind: "curve", Where: "seed = 1", Metric: loss, Smooth: "ema:1000"},
		"time":   {Kind: "curves", Experiment: "study", Metric: loss, X: "time"},
	} {
		f, err := request.Draw(t.Context(), s)
		check(t, err)
		d := f.Data()
		if d.Y.Min > -30 || d.Y.Max < 40 {
			t.Errorf("%s: the axis goes from %v to %v, and leaves a spike out", name, d.Y.Min, d.Y.Max)
		}
		runs := len(d.Lines[0].Runs)
		if d.Points != runs*300_000 || f.chart.extent.broken[notNumber] != 3*runs {
			t.Errorf("%s: %d points of %d runs, %d are NaN", name, d.Points, runs, f.chart.extent.broken[notNumber])
		}
		if !strings.Contains(f.Caption(), "consecutive points are one") {
			t.Errorf("%s: caption %q does not say that points were taken together", name, f.Caption())
		}
		if least, most := extremes(d.Lines[0].Knots); runs == 1 && (least != -30 || most != 40) {
			t.Errorf("%s: its numbers go from %v to %v", name, least, most)
		}
	}
}

func extremes(all []Knot) (least, most float64) {
	for _, k := range all {
		least, most = min(least, k.low), max(most, k.high)
	}
	return least, most
}

// TestStepsThatGoBackAreReadOneByOne: the last value of a step counts, in long series too.
func TestStepsThatGoBackAreReadOneByOne(t *testing.T) {
	s := fill(t, study{variants: []string{"baseline"}, seeds: 1, steps: 9999, every: 1, status: func(int, int64) tracker.Status { return tracker.Running },
		value: func(int, int64, int64) (float64, bool) { return 1, true }})
	run, err := s.Run(t.Context(), "study/baseline/1")
	check(t, err)
	check(t, s.Append(t.Context(), tracker.Batch{Run: run.ID, Attempt: 1, Sequence: 2, Samples: []tracker.Sample{{Metric: loss, Step: 5000, Value: 7}}}))
	f, err := Request{Kind: "curve", Runs: []string{run.ID}, Metric: loss, From: number64(4999), To: number64(5001)}.Draw(t.Context(), s)
	check(t, err)
	if knots := f.Data().Lines[0].Knots; len(knots) != 3 || knots[1].Y() != 7 {
		t.Errorf("got %v", knots)
	}
	f, err = Request{Kind: "curve", Runs: []string{run.ID}, Metric: loss}.Draw(t.Context(), s)
	check(t, err)
	if f.chart.extent.y1 != 7 || !strings.Contains(f.Caption(), "1 point is of a step that was recorded again") {
		t.Errorf("y up to %v; caption %q", f.chart.extent.y1, f.Caption())
	}
}

// TestSmoothingKnowsWhatLiesBesideTheWindow: a smoothed value is the same in every window.
func TestSmoothingKnowsWhatLiesBesideTheWindow(t *testing.T) {
	s := fill(t, ablations())
	for _, smooth := range []string{"ema:20", "gaussian:20"} {
		wide, err := Request{Kind: "curve", Where: "seed = 1 and variant = baseline", Metric: loss, Smooth: smooth}.Draw(t.Context(), s)
		check(t, err)
		near, err := Request{Kind: "curve", Where: "seed = 1 and variant = baseline", Metric: loss, Smooth: smooth, From: number64(500), To: number64(600)}.Draw(t.Context(), s)
		check(t, err)
		knots := near.Data().Lines[0].Knots
		if len(knots) != 6 || near.Data().Points != 6 {
			t.Fatalf("%s: %d knots of %d points, want 6", smooth, len(knots), near.Data().Points)
		}
		for _, k := range knots {
			for _, w := range wide.Data().Lines[0].Knots {
				if w.x == k.x && math.Abs(w.mean-k.mean) > 1e-3 {
					t.Errorf("%s at %v: %v in the window, %v in the whole", smooth, k.x, k.mean, w.mean)
				}
			}
		}
	}
}

// TestLogarithmsStayInTheirFrame: what an axis has no place for is left out of it, or lies at its edge; the caption counts it.
func TestLogarithmsStayInTheirFrame(t *testing.T) {
	s := fill(t, study{variants: []string{"baseline", "other"}, seeds: 3, steps: 100, every: 10, value: func(v int, seed, step int64) (float64, bool) {
		return decay(v, seed, 10*step) - 1.55 + 0.3*float64(seed-2), true
	}})
	f, err := Request{Kind: "curves", Experiment: "study", Metric: loss, XScale: "log", YScale: "log"}.Draw(t.Context(), s)
	check(t, err)
	for _, want := range []string{"drawn to the lower edge.", "6 values that are not above zero, which are left out."} {
		if !strings.Contains(f.Caption(), want) {
			t.Errorf("caption %q lacks %q", f.Caption(), want)
		}
	}
	e, l := f.chart.extent, newLook(Light, "svg")
	p := f.chart.plot(l)
	for _, g := range f.chart.lines {
		for _, k := range e.shownIntervals(g.points) {
			if at := p.X.Norm(k.x); at < 0 || at > 1 {
				t.Errorf("x = %v lies at %v of the frame", k.x, at)
			}
			for _, y := range []float64{k.mean, k.low, k.high} {
				if at := p.Y.Norm(y); at < 0 || at > 1 {
					t.Errorf("y = %v lies at %v of the frame", y, at)
				}
			}
		}
	}
}
