package viz

import (
	"math"
	"slices"
	"testing"

	"inkstone/tracker"
)

// TestSinceIsWhatAPictureLacks draws a study that goes on, and looks at what a new value adds.
func TestSinceIsWhatAPictureLacks(t *testing.T) {
	s := fill(t, unfinished())
	reading, err := Request{Kind: "curves", Experiment: "study", Metric: loss, Live: true}.Read(t.Context(), s)
	check(t, err)
	first := reading.Figure()
	drawn := first.Data()
	if tail := reading.Figure().Since(first, drawn); !tail.Fits || tail.Knots != 0 {
		t.Errorf("without news the tail is %+v", tail)
	}
	run, err := s.Run(t.Context(), "study/no 2-D positions/5")
	check(t, err)
	sequence := int64(1)
	add := func(step int64, v float64) Tail {
		sequence++
		check(t, s.Append(t.Context(), tracker.Batch{Run: run.ID, Attempt: 1, Sequence: sequence, Samples: []tracker.Sample{{Metric: loss, Step: step, Value: v}}}))
		check(t, reading.Refresh(t.Context(), []string{run.ID}))
		return reading.Figure().Since(first, drawn)
	}
	// The other seeds are at 1000 already: the mean at 620 becomes one of five, and from there on nothing changes.
	tail := add(620, 1.6)
	if !tail.Fits || len(tail.Lines[1]) < 2 || tail.Lines[1][0].X() != 600 || tail.Lines[1][1].X() != 620 || tail.Lines[1][1].n != 5 || tail.Lines[0] != nil {
		t.Errorf("got %+v", tail)
	}
	if tail := add(640, 99); tail.Fits {
		t.Error("99 fits into a frame that ends at 5")
	}
	if tail := (&Figure{}).Since(first, drawn); tail.Fits {
		t.Error("a figure without lines fits")
	}
}

// TestATailTellsOfAGapBeforeIt: the picture ends in a value that is no number, and the line goes on behind it.
func TestATailTellsOfAGapBeforeIt(t *testing.T) {
	at := func(values ...float64) (all []interval) {
		for i, v := range values {
			all = append(all, interval{x: float64(i), mean: v, low: math.NaN(), high: math.NaN(), n: 1})
		}
		return all
	}
	before := at(3, 2, math.NaN())
	knots := newKnots(before, at(3, 2, math.NaN(), 1.9, 1.8), 1)
	if len(knots) != 3 || knots[0].X() != 1 || knots[1].X() != 3 || !knots[1].Gap || knots[2].Gap {
		t.Errorf("got %+v", knots)
	}
	for _, c := range []struct {
		name      string
		before    []interval
		perColumn float64
		want      bool
	}{
		{"right before its first knot", at(3, 2, math.NaN(), 1.9), 1, true},
		{"in the column of its first knot", at(3, 1, math.NaN(), 2.1, 2), 3.5, true},
		{"columns before", at(3, 1, math.NaN(), 2.1, 2), 1, false},
	} {
		knots := newKnots(c.before, append(slices.Clone(c.before), interval{x: 9, mean: 1.8, n: 1}), c.perColumn)
		if last := c.before[len(c.before)-1]; knots[0].X() != last.x || knots[0].Gap != c.want || knots[1].Gap {
			t.Errorf("a gap %s: got %+v", c.name, knots)
		}
	}
}
