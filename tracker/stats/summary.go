package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Summary describes one group of values. SD is the sample standard deviation (divisor n-1), NaN for fewer than two values.
type Summary struct {
	N        int
	Mean, SD float64
}

// Interval is a confidence interval; both ends are NaN where it is undefined.
type Interval struct {
	Low, High float64
}

// Summarize returns the mean and the standard deviation. The mean of no values is NaN. Both are computed about a pivot, in
// two passes, so that values with a large common offset lose no digits.
func Summarize(x []float64) Summary {
	s := Summary{N: len(x), Mean: math.NaN(), SD: math.NaN()}
	if len(x) == 0 {
		return s
	}
	n := float64(len(x))
	sum := 0.0
	for _, v := range x {
		sum += v - x[0]
	}
	s.Mean = x[0] + sum/n
	if len(x) < 2 || !finite(s.Mean) {
		return s
	}
	squares, rest := 0.0, 0.0
	for _, v := range x {
		d := v - s.Mean
		squares += d * d
		rest += d
	}
	if sd := math.Sqrt(max(0, squares-rest*rest/n) / (n - 1)); finite(sd) {
		s.SD = sd // Values beyond 1e150 overflow: their spread is not known.
	}
	return s
}

// SEM is the standard error of the mean.
func (s Summary) SEM() float64 { return s.SD / math.Sqrt(float64(s.N)) }

// MeanInterval is Student's t interval for the mean at a level in (0, 1). Undefined for fewer than two values.
func MeanInterval(x []float64, level float64) (Summary, Interval) {
	s := Summarize(x)
	return s, around(s.Mean, s.SEM(), float64(s.N-1), level)
}

// around is the t interval about a center with its standard error and degrees of freedom.
func around(center, se, df, level float64) Interval {
	if math.IsNaN(se) || !(df > 0) || !(level > 0 && level < 1) {
		return Interval{math.NaN(), math.NaN()}
	}
	half := Quantile((1+level)/2, df) * se
	return Interval{center - half, center + half}
}

// Quantile of Student's t distribution with df degrees of freedom, for p in (0, 1).
func Quantile(p, df float64) float64 {
	switch {
	case !(df > 0) || !(p > 0 && p < 1):
		return math.NaN()
	case p < 0.5:
		return -Quantile(1-p, df)
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}
	return t.Quantile(p)
}

// twoSided is the probability of |T| >= |t| under Student's t distribution with df degrees of freedom.
func twoSided(t, df float64) float64 {
	switch {
	case math.IsNaN(t) || !(df > 0):
		return math.NaN()
	case math.IsInf(t, 0):
		return 0
	}
	return 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Survival(math.Abs(t))
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
