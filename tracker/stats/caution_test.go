package stats

import (
	"math"
	"testing"
)

// The constants of the warnings, derived rather than believed.
func TestWhatNSupports(t *testing.T) {
	for _, c := range []struct {
		what      string
		got, want float64
		within    float64
	}{
		{"half width of two values", HalfWidth(2, 0.95), 12.706204736174694 / math.Sqrt2, 1e-9},
		{"half width of two values, about 9", HalfWidth(2, 0.95), 8.98, 0.005},
		{"detectable with 3 pairs, 3 comparisons", Detectable(3, 0.05/3, 0.8), 5.7, 0.05},
		{"detectable with 3 pairs, 1 comparison", Detectable(3, 0.05, 0.8), 3.26, 0.01},
		{"floor of 4 pairs", PairFloor(4), 0.125, 0},
		{"pairs for .05", float64(PairsNeeded(0.05)), 6, 0},
		{"pairs for three comparisons", float64(PairsNeeded(0.05 / 3)), 7, 0},
		{"power of 34 pairs at half a standard deviation", PairedPower(34, 0.5, 0.05), 0.8078, 5e-5},
		{"power without a difference is the level", PairedPower(5, 0, 0.05), 0.05, 1e-7},
	} {
		if math.Abs(c.got-c.want) > c.within {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	if !math.IsInf(Detectable(1, 0.05, 0.8), 1) || !math.IsInf(HalfWidth(1, 0.95), 1) {
		t.Error("one value detects nothing")
	}
	for n := 2; n < 10; n++ {
		if got := PairedPower(n, Detectable(n, 0.01, 0.8), 0.01); math.Abs(got-0.8) > 1e-6 {
			t.Errorf("power at the detectable difference of %d pairs = %v, want .8", n, got)
		}
		if Detectable(n+1, 0.05, 0.8) >= Detectable(n, 0.05, 0.8) {
			t.Errorf("%d pairs detect less than %d", n+1, n)
		}
	}
}

func TestCaution(t *testing.T) {
	for _, c := range []struct {
		n, k int
		want string
	}{
		{0, 3, ""},
		{1, 3, "1 seed: no spread is known, so there is neither an interval nor a p"},
		{2, 3, "2 seeds: a 95 % interval reaches ± 9.0 sd"},
		{3, 3, "3 seeds: p assumes normal differences, and only Δ above 5.7 sd of the paired differences would be found (power .8, 3 comparisons)"},
		{3, 1, "3 seeds: p assumes normal differences, and only Δ above 3.3 sd of the paired differences would be found (power .8, 1 comparison)"},
		{4, 3, "4 seeds: no distribution-free test can reach .05 (4 pairs give .125 at best); for 3 comparisons it takes 7"},
		{5, 3, "5 seeds: no distribution-free test can reach .05 (5 pairs give .0625 at best); for 3 comparisons it takes 7"},
		{5, 1, "5 seeds: no distribution-free test can reach .05 (5 pairs give .0625 at best); it takes 6"},
		{6, 3, "6 seeds: a distribution-free test gives .0312 at best, and 3 comparisons need .0167; that takes 7 seeds"},
		{6, 1, ""},
		{7, 3, ""},
		{7, 4, "7 seeds: a distribution-free test gives .0156 at best, and 4 comparisons need .0125; that takes 8 seeds"},
	} {
		if got := Caution(c.n, c.k); got != c.want {
			t.Errorf("Caution(%d, %d) = %q\nwant %q", c.n, c.k, got, c.want)
		}
	}
}
