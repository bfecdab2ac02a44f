package objective

import "inkstone/runner/data"

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

// HeadScores are the mean attention, per layer and head, on the induction target and on the previous token.
type HeadScores struct {
	Layers, Heads            int
	Induction, PreviousToken []float64
	// Chance is the mean of 1/(number of visible tokens): what a head that looks everywhere alike scores.
	Chance float64
}

// Score reads the probe's attention [L,B,N,T,S], row-major.
func (p Probe) Score(attention []float32, layers, heads int) HeadScores {
	rows, t := p.Batch.Rows, p.Batch.Length
	s := HeadScores{Layers: layers, Heads: heads, Induction: make([]float64, layers*heads), PreviousToken: make([]float64, layers*heads)}
	queries := float64(rows * (t - p.Period))
	for q := p.Period; q < t; q++ {
		s.Chance += 1 / float64(q+1) / float64(t-p.Period)
	}
	for layer := range layers {
		for row := range rows {
			for head := range heads {
				at := ((layer*rows+row)*heads + head) * t * t
				for q := p.Period; q < t; q++ {
					s.Induction[layer*heads+head] += float64(attention[at+q*t+q-p.Period+1]) / queries
					s.PreviousToken[layer*heads+head] += float64(attention[at+q*t+q-1]) / queries
				}
			}
		}
	}
	return s
}

// Best is the largest score of a layer's heads.
func (s HeadScores) Best(scores []float64, layer int) float64 {
	best := 0.0
	for head := range s.Heads {
		best = max(best, scores[layer*s.Heads+head])
	}
	return best
}
