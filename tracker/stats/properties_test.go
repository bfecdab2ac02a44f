package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// sample draws small groups as seeds give them: a common part per seed and an own part.
func sample(rng *rand.Rand, n int) (a, b []float64) {
	for range n {
		common := rng.NormFloat64()
		a = append(a, 2+common+0.3*rng.NormFloat64())
		b = append(b, 1.5+common+0.3*rng.NormFloat64())
	}
	return a, b
}

func mapped(x []float64, scale, shift float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = scale*v + shift
	}
	return out
}

func TestTestsDoNotDependOnUnits(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 1))
	const tolerance = 1e-7
	for range 200 {
		a, b := sample(rng, 2+rng.IntN(8))
		scale, shift := 0.1+10*rng.Float64(), 100*rng.NormFloat64()
		a2, b2 := mapped(a, scale, shift), mapped(b, scale, shift)
		for name, test := range map[string]func(a, b []float64, level float64) Comparison{"paired": PairedT, "welch": WelchT} {
			one, two := test(a, b, 0.95), test(a2, b2, 0.95)
			if !near(two.P, one.P, tolerance) || !near(two.Low, scale*one.Low, tolerance) || !near(two.High, scale*one.High, tolerance) {
				t.Fatalf("%s: p %v and %v, low %v and %v after scale %v shift %v", name, one.P, two.P, scale*one.Low, two.Low, scale, shift)
			}
			swapped := test(b, a, 0.95)
			if !near(swapped.P, one.P, tolerance) || !near(swapped.Low, -one.High, tolerance) {
				t.Fatalf("%s is not symmetric: %+v and %+v", name, one, swapped)
			}
		}
		p, _ := SignFlip(Differences(a, b))
		if q, _ := SignFlip(Differences(a2, b2)); p != q {
			t.Fatalf("sign-flip p %v and %v after scale %v shift %v", p, q, scale, shift)
		}
		if g, g2 := HedgesG(a, b), HedgesG(a2, b2); !near(g2, g, tolerance) {
			t.Fatalf("g %v and %v", g, g2)
		}
	}
}

func TestTestsDoNotDependOnOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 2))
	for range 200 {
		a, b := sample(rng, 2+rng.IntN(8))
		one, exact, d := PairedT(a, b, 0.9), first(SignFlip(Differences(a, b))), CohensD(a, b)
		rng.Shuffle(len(a), func(i, j int) { a[i], a[j] = a[j], a[i]; b[i], b[j] = b[j], b[i] })
		two := PairedT(a, b, 0.9)
		if !near(two.P, one.P, 1e-9) || !near(two.Low, one.Low, 1e-9) || first(SignFlip(Differences(a, b))) != exact || !near(CohensD(a, b), d, 1e-9) {
			t.Fatalf("pairs in another order: %+v and %+v", one, two)
		}
	}
}

func first(p, _ float64) float64 { return p }

// An interval at level 1-p ends at zero: interval and p tell one story.
func TestIntervalEndsAtZeroAtLevelOfP(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 3))
	for range 100 {
		a, b := sample(rng, 3+rng.IntN(5))
		for _, test := range []func(a, b []float64, level float64) Comparison{PairedT, WelchT} {
			c := test(a, b, 0.95)
			at := test(a, b, 1-c.P)
			if end := min(math.Abs(at.Low), math.Abs(at.High)); end > 1e-6*(at.High-at.Low) {
				t.Fatalf("p = %v, interval at 1-p is %v … %v", c.P, at.Low, at.High)
			}
		}
	}
}

func TestSignFlipStaysBetweenFloorAndOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 4))
	for n := 1; n <= 12; n++ {
		same := make([]float64, n)
		for i := range same {
			same[i] = 0.1 // Sums of tenths round differently from pattern to pattern.
		}
		if p, floor := SignFlip(same); p != floor {
			t.Errorf("%d equal differences: p = %v, floor %v", n, p, floor)
		}
		if p, _ := SignFlip(make([]float64, n)); p != 1 {
			t.Errorf("%d differences of zero: p = %v", n, p)
		}
		d := mapped(make([]float64, n), 1, 0)
		for i := range d {
			d[i] = rng.NormFloat64()
		}
		if p, floor := SignFlip(d); p < floor || p > 1 || p != enumerate(d) {
			t.Errorf("p = %v, floor %v, by enumeration %v", p, floor, enumerate(d))
		}
	}
	for _, d := range [][]float64{nil, {1, math.NaN()}, {math.Inf(1)}, make([]float64, MaxSignFlips+1)} {
		if p, _ := SignFlip(d); !math.IsNaN(p) {
			t.Errorf("SignFlip of %d differences = %v, want NaN", len(d), p)
		}
	}
}

func TestHolmCountsUntestedComparisons(t *testing.T) {
	got := Holm([]float64{0.01, math.NaN(), 0.02})
	if got[0] != 0.03 || !math.IsNaN(got[1]) || got[2] != 0.04 {
		t.Errorf("Holm = %v, want [0.03 NaN 0.04]", got)
	}
	if len(Holm(nil)) != 0 {
		t.Error("no p-values give no adjusted ones")
	}
}

func TestEffectSizesWithoutSpread(t *testing.T) {
	if d := DZ([]float64{1, 1, 1}); !math.IsNaN(d) {
		t.Errorf("d_z of constant differences = %v, want NaN", d)
	}
	if d := DZ([]float64{1, 2, 3}); d != 2 {
		t.Errorf("d_z = %v, want 2", d)
	}
	if g := HedgesG([]float64{1}, []float64{2, 3}); !math.IsNaN(g) {
		t.Errorf("g of one value = %v, want NaN", g)
	}
}

func TestSummarizeKeepsDigitsUnderAnOffset(t *testing.T) {
	s := Summarize([]float64{1e9 + 1, 1e9 + 2, 1e9 + 3})
	if s.Mean != 1e9+2 || s.SD != 1 {
		t.Errorf("mean %v sd %v, want 1000000002 and 1", s.Mean, s.SD)
	}
}

func TestPairedTRefusesUnevenSamples(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("samples of different lengths were paired")
		}
	}()
	PairedT([]float64{1}, []float64{1, 2}, 0.95)
}
