package objective

import (
	"math"

	"inkstone/runner/data"
	"inkstone/tracker/heads"
)

// Probe is a fixed generated batch on which attention heads are scored, the same for all runs and steps: each row is a
// random order of distinct tokens, said twice. At a query of the second round, an induction head looks at the token after
// the earlier occurrence of the query's token, and a previous-token head at the token before the query (Olsson et al. 2022).
type Probe struct {
	Batch Batch
	// Period is the length of a round; queries from Period to the end are scored.
	Period int
}

const (
	probeSeed = 20220308
	probeRows = 8
	probeDraw = 3
	// probeRound is the longest round: long enough that chance is small, short enough for small vocabularies.
	probeRound = 24
)

// NewProbe makes the probe for rows of at most length tokens over a vocabulary whose first plain ids are no special tokens.
func NewProbe(plain, length int) Probe {
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
	return p
}

// HeadScores are what heads do on the probe: of every layer and head, and what uniform attention would score.
type HeadScores struct {
	Layers, Heads int
	Values        []heads.Values // [layers·heads]
	Chance        heads.Values
}

// Score reads the probe's attention [L,B,N,T,S], row-major. The rounds of a row are its segments: a head that stays within its
// own round scores as block-diagonal.
func (p Probe) Score(attention []float32, layers, count int, bidirectional bool) HeadScores {
	rows, t := p.Batch.Rows, p.Batch.Length
	scorers, chance := make([]*heads.Scorer, rows), make([]heads.Values, rows)
	for row := range rows {
		scorers[row] = p.scorer(row, bidirectional)
		chance[row] = scorers[row].Chance()
	}
	s := HeadScores{Layers: layers, Heads: count, Chance: heads.Mean(chance...)}
	for layer := range layers {
		for head := range count {
			of := make([]heads.Values, rows)
			for row := range rows {
				at := ((layer*rows+row)*count + head) * t * t
				of[row] = scorers[row].Score(attention[at : at+t*t])
			}
			s.Values = append(s.Values, heads.Mean(of...))
		}
	}
	return s
}

func (p Probe) scorer(row int, bidirectional bool) *heads.Scorer {
	t := p.Batch.Length
	sequence := heads.Sequence{Tokens: p.Batch.Inputs[row*t : (row+1)*t], Segments: make([]int32, t), From: p.Period}
	for i := p.Period; i < t; i++ {
		sequence.Segments[i] = 1
	}
	if bidirectional {
		sequence.Sees = func(int, int) bool { return true }
	}
	return heads.NewScorer(sequence)
}

// Best is the largest score of a layer's heads.
func (s HeadScores) Best(m heads.Measure, layer int) float64 {
	best := math.Inf(-1)
	for head := range s.Heads {
		best = max(best, s.Values[layer*s.Heads+head][m])
	}
	return best
}
