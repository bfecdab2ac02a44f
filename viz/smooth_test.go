package viz

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"inkstone/tracker"
)

func TestEMAWeighsByDistance(t *testing.T) {
	nan := math.NaN()
	got := ema([]xy{{0, 8}, {10, 4}, {30, 0}, {40, nan}, {50, 3}, {60, 5}}, 10)
	// Weights: 1/2 for one half-life, 1/4 for two; what lies before the NaN does not count behind it.
	want := []xy{{0, 8}, {10, (4 + 8*0.5) / 1.5}, {30, (0 + 4*0.25 + 8*0.125) / 1.375}, {40, nan}, {50, 3}, {60, (5 + 3*0.5) / 1.5}}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(xy{}), cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-12)); d != "" {
		t.Error(d)
	}
}

func TestGaussianKeepsALineAndBreaksAtNaN(t *testing.T) {
	var line []xy
	for x := range 2000 {
		line = append(line, xy{float64(x), 3})
	}
	line[700].y = math.NaN()
	line[701].y = 1000
	for i, p := range gaussian(line, 200) {
		switch {
		case i < 700 && math.Abs(p.y-3) > 1e-9:
			t.Fatalf("at %d: %v leaks over the gap", i, p.y)
		case i == 700 && !math.IsNaN(p.y):
			t.Fatalf("the NaN became %v", p.y)
		case i == 701 && !(p.y > 3 && p.y < 50):
			t.Fatalf("the spike became %v", p.y)
		}
	}
}

func TestSmoothingIsParsed(t *testing.T) {
	for text, want := range map[string]smoothing{"": {}, "none": {}, "ema:50": {"ema", 50}, "gaussian:0.5": {"gaussian", 0.5}} {
		if got, err := parseSmoothing(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"ema", "ema:0", "ema:-1", "ema:NaN", "ema:Inf", "box:3", "0.6"} {
		if _, err := parseSmoothing(text); !errors.Is(err, tracker.ErrInvalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
