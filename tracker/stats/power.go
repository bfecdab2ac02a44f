package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// PairedPower is the probability that a paired t test of n pairs at the two-sided level alpha rejects, where the true
// difference is d standard deviations of the paired differences, which are normal.
//
// T is noncentral t with df = n-1 and noncentrality δ = d√n. Its tails are integrated over s, the sample's standard
// deviation as a share of the true one: P = ∫ f(s) [Φ(δ - c s) + Φ(-δ - c s)] ds, with c the critical value and f the
// density of √(χ²/df). This holds for any δ, where series for the noncentral t underflow beyond 38.
func PairedPower(n int, d, alpha float64) float64 {
	return pairedTail(n, d, Quantile(1-alpha/2, float64(n-1)), true)
}

// pairedTail is P(T >= c), or P(|T| >= c) with both.
func pairedTail(n int, d, c float64, both bool) float64 {
	df := float64(n - 1)
	if df < 1 || math.IsNaN(c) || math.IsNaN(d) {
		return math.NaN()
	}
	delta := d * math.Sqrt(float64(n))
	lgamma, _ := math.Lgamma(df / 2)
	constant := math.Ln2 + df/2*math.Log(df/2) - lgamma
	integrand := func(s float64) float64 {
		if s <= 0 {
			return 0
		}
		tail := distuv.UnitNormal.CDF(delta - c*s)
		if both {
			tail += distuv.UnitNormal.CDF(-delta - c*s)
		}
		return tail * math.Exp(constant+(df-1)*math.Log(s)-df*s*s/2)
	}
	top := 1 + 10/math.Sqrt(df)
	// The step of Φ lies at δ/c and is 1/c wide; the panels follow it.
	edge, width := math.Abs(delta)/c, 9/c
	cuts := []float64{0, clamp(edge-width, top), clamp(edge, top), clamp(edge+width, top), top}
	sum := 0.0
	for i := 1; i < len(cuts); i++ {
		sum += panels(integrand, cuts[i-1], cuts[i])
	}
	return min(1, sum)
}

func clamp(x, top float64) float64 { return min(max(x, 0), top) }

// panels integrates f by Simpson's rule on 400 intervals.
func panels(f func(float64) float64, from, to float64) float64 {
	const intervals = 400
	if to <= from {
		return 0
	}
	h := (to - from) / intervals
	sum := f(from) + f(to)
	for i := 1; i < intervals; i++ {
		weight := 2.0
		if i%2 == 1 {
			weight = 4
		}
		sum += weight * f(from+float64(i)*h)
	}
	return sum * h / 3
}

// Detectable is the smallest true difference, in standard deviations of the paired differences, that a paired t test of n
// pairs at the two-sided level alpha finds with the given power. +Inf below two pairs.
func Detectable(n int, alpha, power float64) float64 {
	if n < 2 {
		return math.Inf(1)
	}
	low, high := 0.0, 1.0
	for PairedPower(n, high, alpha) < power {
		low, high = high, 2*high
	}
	for range 60 {
		middle := (low + high) / 2
		if PairedPower(n, middle, alpha) < power {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// HalfWidth is the half width of the t interval of the mean of n values, in their standard deviations: 12.7/√2 = 8.98 for
// two values at 95 %.
func HalfWidth(n int, level float64) float64 {
	if n < 2 {
		return math.Inf(1)
	}
	return Quantile((1+level)/2, float64(n-1)) / math.Sqrt(float64(n))
}
