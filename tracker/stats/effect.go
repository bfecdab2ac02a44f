package stats

import "math"

// CohensD is (mean(a) - mean(b)) by the pooled standard deviation (Cohen 1988). NaN where that is zero or undefined (fewer
// than two values in either group).
func CohensD(a, b []float64) float64 {
	x, y := Summarize(a), Summarize(b)
	if len(a) < 2 || len(b) < 2 {
		return math.NaN()
	}
	nx, ny := float64(len(a)-1), float64(len(b)-1)
	pooled := math.Sqrt((nx*x.SD*x.SD + ny*y.SD*y.SD) / (nx + ny))
	if pooled == 0 {
		return math.NaN()
	}
	return (x.Mean - y.Mean) / pooled
}

// HedgesG is Cohen's d with its bias for small samples removed by the exact factor of Hedges (1981),
// J = Γ(df/2) / (Γ((df-1)/2) √(df/2)) with df = len(a) + len(b) - 2.
func HedgesG(a, b []float64) float64 {
	df := float64(len(a) + len(b) - 2)
	if df < 2 {
		return math.NaN()
	}
	upper, _ := math.Lgamma(df / 2)
	lower, _ := math.Lgamma((df - 1) / 2)
	return CohensD(a, b) * math.Exp(upper-lower) / math.Sqrt(df/2)
}

// HedgesGApprox is Cohen's d times the common approximation of that factor, 1 - 3/(4 df - 1).
func HedgesGApprox(a, b []float64) float64 {
	df := float64(len(a) + len(b) - 2)
	return CohensD(a, b) * (1 - 3/(4*df-1))
}

// DZ is the effect size of paired differences, their mean by their standard deviation. NaN where they do not vary.
func DZ(d []float64) float64 {
	s := Summarize(d)
	if s.SD == 0 {
		return math.NaN()
	}
	return s.Mean / s.SD
}
