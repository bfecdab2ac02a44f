package objective

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"inkstone/experiments"
)

// PlaceSpans gives spans of the given lengths their places: draws are sorted, each from 0 to (free tokens − spans + 1),
// so that at least one token lies between two spans.
func PlaceSpans(lengths, draws []int, offset int) []Span {
	spans := make([]Span, len(lengths))
	at := offset
	for i, n := range lengths {
		spans[i] = Span{draws[i] + at, draws[i] + at + n}
		at += n + 1
	}
	return spans
}

// sampler draws the spans of the token-level task.
type sampler struct {
	objective experiments.Objective
	lengths   []float64 // cumulative probabilities of the lengths 1, 2, …
}

// newSampler tabulates Poisson(mean_span) restricted to 1…max_span.
func newSampler(o experiments.Objective) *sampler {
	s := &sampler{objective: o}
	sum, log := 0.0, 0.0 // relative to the most probable length: e^−mean is 0 in floating point from a mean of 746 on
	top := logPoisson(o.MeanSpan, min(max(1, int(o.MeanSpan)), o.MaxSpan))
	for n := 1; n <= o.MaxSpan; n++ {
		log += math.Log(o.MeanSpan / float64(n))
		sum += math.Exp(log - top)
		s.lengths = append(s.lengths, sum)
	}
	for i := range s.lengths {
		s.lengths[i] /= sum
	}
	return s
}

// logPoisson is ln(meanⁿ/n!): Poisson's probability of n without the factor that is the same for all n.
func logPoisson(mean float64, n int) float64 {
	factorial, _ := math.Lgamma(float64(n) + 1)
	return float64(n)*math.Log(mean) - factorial
}

func (s *sampler) length(random *rand.Rand) int {
	i, _ := slices.BinarySearch(s.lengths, random.Float64())
	return min(i, len(s.lengths)-1) + 1
}

// spans draws lengths until they cover mask_ratio of the tokens, places them inside documents, and shuffles them. ok is
// false where they do not fit, as in a window of many short documents.
func (s *sampler) spans(random *rand.Rand, tokens []int32, end int32) (spans []Span, ok bool) {
	want, sum := int(s.objective.MaskRatio*float64(len(tokens))), 0
	var lengths []int
	for sum < max(want, 1) {
		n := s.length(random)
		lengths = append(lengths, n)
		sum += n
	}
	random.Shuffle(len(lengths), func(i, j int) { lengths[i], lengths[j] = lengths[j], lengths[i] })
	documents := splitDocuments(tokens, end)
	for i, share := range s.allot(documents, lengths) {
		placed, fits := place(random, documents[i], share)
		if !fits {
			return nil, false
		}
		spans = append(spans, placed...)
	}
	random.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
	return spans, true
}

// splitDocuments cuts a window behind its end-of-document tokens, which are never masked; neither is the last token of a
// window that ends within a document.
func splitDocuments(tokens []int32, end int32) []Span {
	var documents []Span
	from := 0
	for i, t := range tokens {
		if t == end {
			documents = append(documents, Span{from, i})
			from = i + 1
		}
	}
	if from < len(tokens) {
		documents = append(documents, Span{from, len(tokens) - 1})
	}
	return documents
}

// allot gives documents at most mask_ratio of their length each, the shortest first, and the rest to the longest.
func (s *sampler) allot(documents []Span, lengths []int) [][]int {
	order := make([]int, len(documents))
	for i := range order {
		order[i] = i
	}
	length := func(i int) int { return documents[i].To - documents[i].From }
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(length(a)-length(b), b-a) })
	shares, longest := make([][]int, len(documents)), order[len(order)-1]
	for _, i := range order[:len(order)-1] {
		room := int(s.objective.MaskRatio * float64(length(i)))
		for len(lengths) > 0 && lengths[0] <= room {
			room -= lengths[0]
			shares[i], lengths = append(shares[i], lengths[0]), lengths[1:]
		}
	}
	shares[longest] = lengths
	return shares
}

// place puts spans into one document.
func place(random *rand.Rand, document Span, lengths []int) ([]Span, bool) {
	free := document.To - document.From
	for _, n := range lengths {
		free -= n
	}
	free -= len(lengths) - 1
	if free < 0 {
		return nil, false
	}
	draws := make([]int, len(lengths))
	for i := range draws {
		draws[i] = random.IntN(free + 1)
	}
	slices.Sort(draws)
	return PlaceSpans(lengths, draws, document.From), true
}
