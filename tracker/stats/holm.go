package stats

import (
	"math"
	"sort"
)

// Holm adjusts p-values for several comparisons by Holm's step-down method (1979): the familywise error rate stays at the
// level to which the result is compared. A NaN is a comparison that could not be tested: it stays NaN, yet counts in the
// family, as the largest p.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	key := func(i int) float64 {
		if math.IsNaN(p[i]) {
			return math.Inf(1)
		}
		return p[i]
	}
	sort.SliceStable(order, func(i, j int) bool { return key(order[i]) < key(order[j]) })
	adjusted := make([]float64, len(p))
	highest := 0.0
	for rank, i := range order {
		if math.IsNaN(p[i]) {
			adjusted[i] = math.NaN()
			continue
		}
		highest = max(highest, min(1, float64(len(p)-rank)*p[i]))
		adjusted[i] = highest
	}
	return adjusted
}
