package stats

import (
	"math"
	"slices"
)

// Groups are the two parts of a sample that falls into two: Low holds the smaller values, both ascending.
type Groups struct {
	Low, High []float64
}

// splitRatio is, by n, the ratio of the largest gap to the larger part's range above which a sample is called two groups. One
// normal sample in a thousand exceeds it (simulated, 400,000 samples each; the exponential distribution does so in one of
// 150 at n = 5). Beyond ten values the last ratio holds, which grows stricter with n.
var splitRatio = map[int]float64{4: 47, 5: 14.5, 6: 7.4, 7: 4.9, 8: 3.6, 9: 2.8, 10: 2.35}

// Split tells whether values fall into two groups rather than scatter about one place: the largest gap between neighbours
// must exceed the range of either part by a ratio that is strict for few values (47 for four, 14.5 for five, 2.35 from ten
// on). One value may be a group: one seed of five that fails is the case to find. Fewer than four values are never split,
// nor are values that are not finite. The criterion does not depend on shift or scale; whether the gap matters is for the
// caller to judge.
func Split(x []float64) (Groups, bool) {
	n := len(x)
	if n < 4 {
		return Groups{}, false
	}
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	if !finite(sorted[0]) || !finite(sorted[n-1]) {
		return Groups{}, false
	}
	at, gap := 0, 0.0
	for i := 1; i < n; i++ {
		if g := sorted[i] - sorted[i-1]; g > gap {
			at, gap = i, g
		}
	}
	// Equal values differ by rounding at most; a gap of that size separates nothing.
	if gap <= 1e-9*max(math.Abs(sorted[0]), math.Abs(sorted[n-1])) {
		return Groups{}, false
	}
	within := max(sorted[at-1]-sorted[0], sorted[n-1]-sorted[at])
	if gap <= splitRatio[min(n, 10)]*within {
		return Groups{}, false
	}
	return Groups{Low: sorted[:at], High: sorted[at:]}, true
}
