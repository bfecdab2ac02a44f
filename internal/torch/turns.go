package torch

import "slices"

// Turns are the seconds of work that was done in turns, once by each side.
type Turns struct{ Ours, Theirs []float64 }

// Add notes a turn of each.
func (t *Turns) Add(ours, theirs float64) {
	t.Ours, t.Theirs = append(t.Ours, ours), append(t.Theirs, theirs)
}

// Ahead is how many times faster ours is: the median over the turns.
func (t Turns) Ahead() float64 {
	ratios := make([]float64, len(t.Ours))
	for i := range ratios {
		ratios[i] = t.Theirs[i] / t.Ours[i]
	}
	return Median(ratios)
}

// Median of at least one value.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
