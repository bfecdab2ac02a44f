package stats

import (
	"math"
	"math/bits"
)

// MaxSignFlips is the largest number of pairs whose 2^n sign patterns SignFlip enumerates.
const MaxSignFlips = 20

// SignFlip is the exact two-sided permutation p of paired differences: the share of all 2^n ways to flip their signs whose
// mean is at least as far from zero as the observed one (Fisher 1935). It assumes that the differences are symmetric about
// zero under the hypothesis, and no distribution. floor is the smallest p that n pairs can give, PairFloor(n). For no
// differences, more than MaxSignFlips, or one that is not finite, p is NaN.
func SignFlip(d []float64) (p, floor float64) {
	floor = PairFloor(len(d))
	if len(d) == 0 || len(d) > MaxSignFlips {
		return math.NaN(), floor
	}
	sum, scale := 0.0, 0.0
	for _, v := range d {
		sum += v
		scale += math.Abs(v)
	}
	if !finite(scale) {
		return math.NaN(), floor
	}
	// Sums that are equal on paper differ by rounding; what is a rounding error below the observed sum counts as reached.
	bar := math.Abs(sum) - 1e-12*scale
	return float64(countExtreme(d, bar)) / math.Exp2(float64(len(d))), floor
}

// countExtreme counts the sign patterns whose absolute sum reaches bar. Patterns are visited in Gray-code order, one flip
// apart; the sum is rebuilt every 1024 of them, so that rounding does not pile up.
func countExtreme(d []float64, bar float64) int {
	signs := make([]float64, len(d))
	for i := range signs {
		signs[i] = 1
	}
	count, sum := 0, 0.0
	for pattern := 0; pattern < 1<<len(d); pattern++ {
		if pattern > 0 {
			bit := bits.TrailingZeros(uint(pattern))
			signs[bit] = -signs[bit]
			sum += 2 * signs[bit] * d[bit]
		}
		if pattern%1024 == 0 {
			sum = 0
			for i, v := range d {
				sum += signs[i] * v
			}
		}
		if math.Abs(sum) >= bar {
			count++
		}
	}
	return count
}

// PairFloor is 2/2^n: no distribution-free test of n pairs gives a smaller two-sided p. NaN for no pairs.
func PairFloor(n int) float64 {
	if n < 1 {
		return math.NaN()
	}
	return math.Exp2(float64(1 - n))
}

// PairsNeeded is the smallest number of pairs at which a distribution-free test can reach alpha.
func PairsNeeded(alpha float64) int {
	if !(alpha > 0) {
		panic("stats: a level must be positive")
	}
	n := 1
	for PairFloor(n) > alpha {
		n++
	}
	return n
}
