package objective

import (
	"math"
	"math/rand/v2"
	"slices"

	"inkstone/experiments"
)

// Span is a stretch of tokens, from From up to but without To.
type Span struct{ From, To int }

// Specials are the ids of the tokens that infilling inserts.
type Specials struct{ Mask, BlockMask, StartOfPiece, EndOfPiece, EndOfText int32 }

// Row is one sequence of a batch.
type Row struct {
	Inputs, Targets           []int32
	Weights                   []float32
	Positions, BlockPositions []int32
	// Prefix is the length of part A, which every row of the attention sees.
	Prefix int
}

func (r *Row) add(input, target int32, weight float32, position, block int) {
	r.Inputs, r.Targets, r.Weights = append(r.Inputs, input), append(r.Targets, target), append(r.Weights, weight)
	r.Positions, r.BlockPositions = append(r.Positions, int32(position)), append(r.BlockPositions, int32(block))
}

// Infill builds a row of blank infilling (arXiv 2103.10360, section 2.1, as the published code does it). Part A is the text
// with each span replaced by one mask; part B gives the spans in the order of spans, each behind a start token and to be
// answered up to an end token. The first position of a B token is its mask's; the second counts within the span from 1,
// and is 0 in part A. blocked lists B inputs, as (span, token of the span), that are replaced by [dBLOCK].
func Infill(tokens []int32, spans []Span, s Specials, blocked [][2]int) Row {
	var row Row
	sorted := slices.Clone(spans)
	slices.SortFunc(sorted, func(a, b Span) int { return a.From - b.From })
	maskAt := map[Span]int{}
	at := 0
	for _, span := range sorted {
		for ; at < span.From; at++ {
			row.add(tokens[at], tokens[at], 0, len(row.Inputs), 0)
		}
		maskAt[span] = len(row.Inputs)
		row.add(s.Mask, s.Mask, 0, len(row.Inputs), 0)
		at = span.To
	}
	for ; at < len(tokens); at++ {
		row.add(tokens[at], tokens[at], 0, len(row.Inputs), 0)
	}
	row.Prefix = len(row.Inputs)
	for i, span := range spans {
		row.addSpan(tokens[span.From:span.To], maskAt[span], s, func(token int) bool { return slices.Contains(blocked, [2]int{i, token}) })
	}
	return row
}

func (r *Row) addSpan(tokens []int32, position int, s Specials, blocked func(int) bool) {
	input := s.StartOfPiece
	for i, t := range tokens {
		r.add(input, t, 1, position, i+1)
		if input = t; blocked(i) {
			input = s.BlockMask
		}
	}
	r.add(input, s.EndOfPiece, 1, position, len(tokens)+1)
}

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

// allot gives every document but the longest at most mask_ratio of its length, and the rest to the longest.
func (s *sampler) allot(documents []Span, lengths []int) [][]int {
	longest := 0
	for i, d := range documents {
		if d.To-d.From > documents[longest].To-documents[longest].From {
			longest = i
		}
	}
	shares := make([][]int, len(documents))
	for i, d := range documents {
		if i == longest {
			continue
		}
		room := int(s.objective.MaskRatio * float64(d.To-d.From))
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
