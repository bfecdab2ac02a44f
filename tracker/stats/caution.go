package stats

import (
	"fmt"
	"strconv"
	"strings"
)

// Alpha is the level of every verdict: the chance to call at least one difference real among comparisons that have none.
const Alpha = 0.05

// Power is the probability with which Detectable differences are found.
const Power = 0.8

// Caution says in plain words what n pairs of seeds cannot support when k comparisons share the level Alpha; empty where
// nothing needs saying. It depends on n and k alone. The numbers in it are computed:
//
//   - with one value there is no spread, so no interval and no test;
//   - with two the 95 % interval reaches HalfWidth(2) = 12.7/√2 = 9.0 standard deviations to either side;
//   - with three only differences above Detectable(3, Alpha/k, Power) are found: 5.7 standard deviations of the paired
//     differences for three comparisons (the level of Bonferroni, which the smallest p of Holm's method must reach);
//   - from four on, the distribution-free test has a floor of 2/2^n, which must not exceed Alpha/k: .125 for four pairs; for
//     three comparisons it takes seven.
func Caution(n, k int) string {
	k = max(k, 1)
	needed := PairsNeeded(Alpha / float64(k))
	switch {
	case n < 1:
		return ""
	case n == 1:
		return "1 seed: no spread is known, so there is neither an interval nor a p"
	case n == 2:
		return fmt.Sprintf("2 seeds: a 95 %% interval reaches ± %.1f sd", HalfWidth(2, 1-Alpha))
	case n == 3:
		return fmt.Sprintf("3 seeds: p assumes normal differences, and only Δ above %.1f sd of the paired differences would be found (power %s, %s)",
			Detectable(3, Alpha/float64(k), Power), short(Power), comparisons(k))
	case n >= needed:
		return ""
	case PairFloor(n) > Alpha:
		s := fmt.Sprintf("%d seeds: no distribution-free test can reach %s (%d pairs give %s at best)",
			n, short(Alpha), n, short(PairFloor(n)))
		if k > 1 {
			return s + fmt.Sprintf("; for %s it takes %d", comparisons(k), needed)
		}
		return s + fmt.Sprintf("; it takes %d", needed)
	}
	return fmt.Sprintf("%d seeds: a distribution-free test gives %s at best, and %s need %s; that takes %d seeds",
		n, short(PairFloor(n)), comparisons(k), short(Alpha/float64(k)), needed)
}

func comparisons(k int) string {
	if k == 1 {
		return "1 comparison"
	}
	return strconv.Itoa(k) + " comparisons"
}

// short prints a probability with two significant digits and no zero before the point: .125 stays .125.
func short(p float64) string {
	s := strconv.FormatFloat(p, 'g', 3, 64)
	return strings.TrimPrefix(s, "0")
}
