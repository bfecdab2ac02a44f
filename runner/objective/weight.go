package objective

// Weight is the sum of the targets' weights.
func (b Batch) Weight() float64 {
	sum := 0.0
	for _, w := range b.Weights {
		sum += float64(w)
	}
	return sum
}
