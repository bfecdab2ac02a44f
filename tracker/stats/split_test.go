package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name string
		x    []float64
		low  int // size of the lower group; 0: not split
	}{
		{"one seed of five fails to copy", []float64{0.01, 2.4, 0.02, 0.015, 0.012}, 4},
		{"three and two", []float64{0.99, 0.12, 0.98, 0.10, 0.97}, 2},
		{"equal values and one other", []float64{1, 1, 1, 0.2}, 1},
		{"ordinary spread", []float64{2.45, 2.46, 2.44, 2.48, 2.47}, 0},
		{"an outlier that normal samples have too", []float64{2.45, 2.46, 2.44, 2.55, 2.47}, 0},
		{"three values say nothing", []float64{0.001, 0.001, 2.5}, 0},
		{"all equal", []float64{1, 1, 1, 1, 1}, 0},
		{"rounding", []float64{0.3, 0.1 + 0.2, 0.3, 0.3, 0.3}, 0},
		{"not a number", []float64{1, 1, 1, math.NaN(), 5}, 0},
		{"infinite", []float64{1, 1, 1, math.Inf(1)}, 0},
	} {
		g, ok := Split(c.x)
		if ok != (c.low > 0) || len(g.Low) != c.low || ok && len(g.Low)+len(g.High) != len(c.x) {
			t.Errorf("%s: split %v into %v", c.name, ok, g)
		}
		if shifted, _ := Split(mapped(c.x, -3, 7)); len(shifted.High) != len(g.Low) || len(shifted.Low) != len(g.High) {
			t.Errorf("%s: mirrored, scaled and shifted it is split into %v", c.name, shifted)
		}
	}
}

// Normal samples are rarely called two groups: at most one in five hundred at any n.
func TestSplitIsRareForOneNormalGroup(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const samples = 20000
	for n := 4; n <= 16; n++ {
		split := 0
		x := make([]float64, n)
		for range samples {
			for i := range x {
				x[i] = rng.NormFloat64()
			}
			if _, ok := Split(x); ok {
				split++
			}
		}
		if split > samples/500 {
			t.Errorf("n = %d: %d of %d normal samples are called two groups", n, split, samples)
		}
	}
}
