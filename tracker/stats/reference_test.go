package stats

import (
	"math"
	"testing"
)

func TestMeanIntervalReference(t *testing.T) {
	type one struct {
		X        numbers `json:"x"`
		Level    float64 `json:"level"`
		Expected struct {
			N                     int
			Mean, SD, SEM, Lo, Hi number
		}
	}
	for _, c := range cases[one](t, "mean_ci") {
		s, in := MeanInterval(c.X.floats(), c.Level)
		if s.N != c.Expected.N {
			t.Errorf("n = %d, want %d", s.N, c.Expected.N)
		}
		expect(t, "mean", s.Mean, c.Expected.Mean, closed)
		expect(t, "sd", s.SD, c.Expected.SD, closed)
		expect(t, "sem", s.SEM(), c.Expected.SEM, closed)
		expect(t, "low", in.Low, c.Expected.Lo, closed)
		expect(t, "high", in.High, c.Expected.Hi, closed)
	}
}

func TestPairedTReference(t *testing.T) {
	type one struct {
		A, B     numbers
		Expected struct {
			T, DF, P number
			Mean     number `json:"mean_difference"`
		}
	}
	for _, c := range cases[one](t, "paired_t") {
		got := PairedT(c.A.floats(), c.B.floats(), 0.95)
		expect(t, "difference", got.Diff, c.Expected.Mean, closed)
		expect(t, "t", got.T, c.Expected.T, closed)
		expect(t, "p", got.P, c.Expected.P, special)
		if len(c.A) > 1 { // For one pair the reference gives 0 degrees of freedom, this package NaN.
			expect(t, "df", got.DF, c.Expected.DF, closed)
		}
	}
}

func TestWelchTReference(t *testing.T) {
	type one struct {
		A, B     numbers
		Expected struct {
			T, DF, P number
			CI       numbers `json:"ci95_mean_difference"`
		}
	}
	for _, c := range cases[one](t, "welch_t") {
		got := WelchT(c.A.floats(), c.B.floats(), 0.95)
		expect(t, "t", got.T, c.Expected.T, closed)
		expect(t, "p", got.P, c.Expected.P, special)
		expect(t, "low", got.Low, c.Expected.CI[0], closed)
		expect(t, "high", got.High, c.Expected.CI[1], closed)
		if finite(got.T) { // Without variance the reference gives 1 degree of freedom, this package NaN.
			expect(t, "df", got.DF, c.Expected.DF, closed)
		}
	}
}

func TestHolmReference(t *testing.T) {
	type one struct {
		P        numbers
		Expected struct{ Holm struct{ Adjusted numbers } }
	}
	for _, c := range cases[one](t, "multiple_testing") {
		for i, got := range Holm(c.P.floats()) {
			expect(t, "adjusted p", got, c.Expected.Holm.Adjusted[i], closed)
		}
	}
}

func TestEffectSizeReference(t *testing.T) {
	type one struct {
		A, B     numbers
		Expected struct {
			D      number `json:"cohens_d_pooled"`
			Exact  number `json:"hedges_g_exact"`
			Approx number `json:"hedges_g_approx"`
		}
	}
	for _, c := range cases[one](t, "effect_size") {
		a, b := c.A.floats(), c.B.floats()
		expect(t, "d", CohensD(a, b), c.Expected.D, closed)
		expect(t, "g", HedgesG(a, b), c.Expected.Exact, closed)
		expect(t, "g approx", HedgesGApprox(a, b), c.Expected.Approx, closed)
	}
}

func TestPairedPowerReference(t *testing.T) {
	type one struct {
		Effect      float64 `json:"effect_size"`
		N           int     `json:"nobs1"`
		Alpha       float64
		Alternative string
		Expected    struct {
			Power number `json:"paired_power"`
		}
	}
	for _, c := range cases[one](t, "power_t") {
		want := c.Expected.Power
		if math.IsNaN(float64(want)) {
			want = 1 // The reference's series fails where power is 1 to machine precision.
		}
		var got float64
		if c.Alternative == "two-sided" {
			got = PairedPower(c.N, c.Effect, c.Alpha)
		} else {
			got = pairedTail(c.N, c.Effect, Quantile(1-c.Alpha, float64(c.N-1)), false)
		}
		expect(t, "power", got, want, special)
	}
}

func TestQuantileReference(t *testing.T) {
	type one struct {
		P, DF    float64
		Expected struct {
			T number `json:"t_ppf"`
		}
	}
	for _, c := range cases[one](t, "distributions") {
		expect(t, "quantile", Quantile(c.P, c.DF), c.Expected.T, closed)
	}
}

// The reference samples sign patterns; the exact p must lie where the sample puts it, within five standard errors.
func TestSignFlipReference(t *testing.T) {
	type one struct {
		A, B     numbers
		Flips    [][]int `json:"sign_flips"`
		Expected struct {
			Observed number
			Extreme  int `json:"count_extreme"`
		}
	}
	paired := 0
	for _, c := range cases[one](t, "permutation_test") {
		if len(c.Flips) == 0 {
			continue
		}
		paired++
		d := Differences(c.A.floats(), c.B.floats())
		expect(t, "observed", Summarize(d).Mean, c.Expected.Observed, closed)
		p, _ := SignFlip(d)
		n := float64(len(c.Flips))
		share := float64(c.Expected.Extreme) / n
		if math.Abs(share-p) > 5*math.Sqrt(p*(1-p)/n) {
			t.Errorf("exact p = %v, %d of %d sampled patterns are as extreme", p, c.Expected.Extreme, len(c.Flips))
		}
		if slow := enumerate(d); p != slow {
			t.Errorf("exact p = %v, by plain enumeration %v", p, slow)
		}
	}
	if paired == 0 {
		t.Error("the reference holds no paired case")
	}
}

// enumerate is SignFlip without its short cuts.
func enumerate(d []float64) float64 {
	observed, extreme := math.Abs(Summarize(d).Mean), 0
	flipped := make([]float64, len(d))
	for pattern := range 1 << len(d) {
		for i, v := range d {
			flipped[i] = v
			if pattern>>i&1 == 1 {
				flipped[i] = -v
			}
		}
		if math.Abs(Summarize(flipped).Mean) >= observed-1e-12 {
			extreme++
		}
	}
	return float64(extreme) / math.Exp2(float64(len(d)))
}
