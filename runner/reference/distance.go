package reference

import "math"

// Distance is the largest absolute difference of two lists; NaN where values or lengths are not comparable.
func Distance[F float32 | float64](a, b []F) float64 {
	if len(a) != len(b) {
		return math.NaN()
	}
	worst := 0.0
	for i := range a {
		d := math.Abs(float64(a[i]) - float64(b[i]))
		if math.IsNaN(d) {
			return d
		}
		worst = max(worst, d)
	}
	return worst
}

// Near tells whether a distance is a number within a bound.
func Near(d, bound float64) bool { return !math.IsNaN(d) && d <= bound }
