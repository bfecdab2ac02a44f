package stats

import "math"

// Comparison is the result of a t test of a against b.
type Comparison struct {
	// Diff is mean(a) - mean(b); Low and High bound it at the level asked for.
	Diff, Low, High float64
	// T, DF and P are the statistic, its degrees of freedom and the two-sided p-value.
	T, DF, P float64
	// SD is the standard deviation of the paired differences; NaN for unpaired samples.
	SD float64
}

// PairedT is Student's t test of the differences a[i] - b[i]. Slices of different lengths are a programming error and
// panic. Fewer than two pairs give a Diff and nothing else.
func PairedT(a, b []float64, level float64) Comparison {
	d := Differences(a, b)
	s := Summarize(d)
	df := float64(len(d) - 1)
	c := Comparison{Diff: s.Mean, SD: s.SD, DF: math.NaN(), T: math.NaN(), P: math.NaN()}
	in := around(s.Mean, s.SEM(), df, level)
	c.Low, c.High = in.Low, in.High
	if len(d) < 2 || !finite(s.Mean) {
		return c
	}
	c.DF = df
	c.T = ratio(s.Mean, s.SEM())
	c.P = twoSided(c.T, df)
	return c
}

// Differences returns a[i] - b[i].
func Differences(a, b []float64) []float64 {
	if len(a) != len(b) {
		panic("stats: paired samples of different lengths")
	}
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	return d
}

// WelchT is Welch's t test of two independent samples of unequal variance, with the degrees of freedom of Satterthwaite
// (1946). A sample of fewer than two values gives a Diff and nothing else.
func WelchT(a, b []float64, level float64) Comparison {
	x, y := Summarize(a), Summarize(b)
	c := Comparison{Diff: x.Mean - y.Mean, SD: math.NaN(), DF: math.NaN(), T: math.NaN(), P: math.NaN(),
		Low: math.NaN(), High: math.NaN()}
	if len(a) < 2 || len(b) < 2 || !finite(c.Diff) {
		return c
	}
	vx, vy := x.SEM()*x.SEM(), y.SEM()*y.SEM()
	se := math.Sqrt(vx + vy)
	c.T = ratio(c.Diff, se)
	if se == 0 {
		c.P, c.Low, c.High = twoSided(c.T, 1), c.Diff, c.Diff
		return c
	}
	c.DF = (vx + vy) * (vx + vy) / (vx*vx/float64(len(a)-1) + vy*vy/float64(len(b)-1))
	c.P = twoSided(c.T, c.DF)
	in := around(c.Diff, se, c.DF, level)
	c.Low, c.High = in.Low, in.High
	return c
}

// ratio is x/y, with 0/0 undefined and x/0 infinite in the sign of x.
func ratio(x, y float64) float64 {
	if y == 0 && x == 0 {
		return math.NaN()
	}
	return x / y
}
