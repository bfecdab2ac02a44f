package objective

import "slices"

// Span is a stretch of tokens, from From up to but without To.
type Span struct{ From, To int }

// Specials are the ids of the tokens that infilling inserts, and of the one that ends documents. Each task has a Mask of its own.
type Specials struct{ Mask, BlockMask, StartOfPiece, EndOfPiece, EndOfText int32 }

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
