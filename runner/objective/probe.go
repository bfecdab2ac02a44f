package objective

import (
	"inkstone/runner/data"
	"inkstone/tracker/heads"
)

// Probe is a fixed generated batch on which attention heads are scored, the same for all runs and steps: each row is a
// random order of distinct tokens, said twice. At a query of the second round, an induction head looks at the token after
// the earlier occurrence of the query's token, and a previous-token head at the token before the query (Olsson et al. 2022).
// A same-token head looks at the earlier occurrence itself. The rounds are the blocks: a block-diagonal head stays in the
// second one.
type Probe struct {
	Batch Batch
	// Period is the length of a round; queries from Period to the end are scored.
	Period int
	scorer *heads.Scorer
}

const (
	probeSeed = 20220308
	probeRows = 8
	probeDraw = 3
	// probeRound is the longest round: long enough that chance is small, short enough for small vocabularies.
	probeRound = 24
)

// NewProbe makes the probe for rows of at most length tokens over a vocabulary whose first plain ids are no special tokens.
// An encoder's queries see both sides.
func NewProbe(plain, length int, encoder bool) Probe {
	period := min(probeRound, length/2, plain)
	p := Probe{Batch: Batch{Length: 2 * period}, Period: period}
	for row := range probeRows {
		order := data.Random(data.Validation, probeDraw, probeSeed, 0, row).Perm(plain)
		ids := make([]int32, 2*period)
		for i := range ids {
			ids[i] = int32(order[i%period])
		}
		p.Batch.append(promptRow(ids, false))
	}
	p.scorer = heads.NewScorer(rounds(period, encoder))
	return p
}

// rounds is what every row of the probe is but for the names of its tokens.
func rounds(period int, encoder bool) heads.Sequence {
	s := heads.Sequence{From: period}
	for i := range 2 * period {
		s.Tokens, s.Segments = append(s.Tokens, int32(i%period)), append(s.Segments, int32(i/period))
	}
	if encoder {
		s.Sees = func(int, int) bool { return true }
	}
	return s
}

// HeadScores are the measures of all heads.
type HeadScores struct {
	Layers, Heads int
	// Values are the means over the probe's rows, [layers, heads].
	Values []heads.Values
	// Chance is what a head has that looks everywhere alike.
	Chance heads.Values
}

// Score reads the probe's attention [L,B,N,T,S], row-major.
func (p Probe) Score(attention []float32, layers, count int) HeadScores {
	s := HeadScores{Layers: layers, Heads: count, Chance: p.scorer.Chance()}
	rows, size := p.Batch.Rows, p.Batch.Length*p.Batch.Length
	for layer := range layers {
		for head := range count {
			each := make([]heads.Values, rows)
			for row := range rows {
				at := ((layer*rows+row)*count + head) * size
				each[row] = p.scorer.Score(attention[at : at+size])
			}
			s.Values = append(s.Values, heads.Mean(each...))
		}
	}
	return s
}

// Head is what one head has, counted from 0.
func (s HeadScores) Head(layer, head int) heads.Values { return s.Values[layer*s.Heads+head] }

// Best is the largest score of a layer's heads.
func (s HeadScores) Best(m heads.Measure, layer int) float64 {
	best := 0.0
	for head := range s.Heads {
		best = max(best, s.Head(layer, head)[m])
	}
	return best
}
