package generate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// Beams is a beam search as transformers' generate does it: of all continuations of Width kept texts the Width most
// probable are kept; texts that end are ranked by their log probability over their length to the power of LengthPenalty.
type Beams struct {
	Width         int
	LengthPenalty float64
	// EarlyStopping ends the search with Width ended texts; without it, the search goes on while the best text at work could
	// outrank the worst of them.
	EarlyStopping bool
}

// beam is one text at work.
type beam struct {
	ids      []int32
	logProbs []float64
	sum      float64
	parent   int // the row that it continues
	ended    bool
}

func (b beam) with(id int32, logProb float64, parent int, ended bool) beam {
	return beam{append(slices.Clone(b.ids), id), append(slices.Clone(b.logProbs), logProb), b.sum + logProb, parent, ended}
}

// Beam searches for the most probable continuation of one request, whose sampling filters by penalties and bans alone, and
// gives its score. It fills at most one blank.
func (g *Generator) Beam(ctx context.Context, r Request, b Beams) (result Result, score float64, err error) {
	defer recovered(&err)
	if err := r.Check(g.Context, g.Vocab); err != nil {
		return result, 0, fmt.Errorf("beam search: %w", err)
	}
	if b.Width < 1 || 2*b.Width > g.Vocab || r.Sampling.Temperature != 0 || r.Blanks != nil && len(r.Blanks.At) > 1 {
		return result, 0, fmt.Errorf("beam search: width %d, temperature %v; the width must be 1 to %d (half the vocabulary), the temperature 0, and the prompt have at most one blank",
			b.Width, r.Sampling.Temperature, g.Vocab/2)
	}
	s := &search{Beams: b, g: g, row: newRow(r, 0, g.Context, g.Decoder), beams: []beam{{}}}
	if err := s.run(ctx); err != nil {
		return result, 0, fmt.Errorf("beam search: %w", err)
	}
	return s.result(), s.rank(s.ended[0]), nil
}

// search is a beam search at work.
type search struct {
	Beams
	g     *Generator
	row   *row // the request, as it was before the first token
	beams []beam
	ended []beam // the best first, at most Width
}

func (s *search) run(ctx context.Context) error {
	logits, err := s.g.device.prefill(layOut([]*row{s.row}))
	for step := 1; err == nil; step++ {
		candidates := s.candidates(logits)
		if len(candidates) == 0 {
			return fmt.Errorf("token %d: every token is excluded; loosen bad_words, no_repeat_ngram_size or min_new_tokens", step)
		}
		s.keep(candidates, step == s.row.left())
		if len(s.beams) == 0 || s.done(step) {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		logits, err = s.advance(step)
	}
	return err
}

// advance feeds the beams' last tokens.
func (s *search) advance(step int) ([]float32, error) {
	parents, next := make([]int32, s.Width), make([]input, s.Width)
	for i := range parents {
		b := s.beams[min(i, len(s.beams)-1)] // as many rows as ever, so that one graph serves
		parents[i], next[i] = int32(b.parent), s.input(b.ids[step-1], step-1)
	}
	if err := s.g.device.reorder(parents); err != nil {
		return nil, err
	}
	return s.g.device.step(next)
}

// input is generated token number i, from 0, on its way into the model.
func (s *search) input(id int32, i int) input {
	if s.row.Blanks != nil {
		return input{id, s.row.next.position, s.row.next.block + int32(i) + 1}
	}
	return input{id, int32(len(s.row.history) + i), 0}
}

// candidates are the 2·Width most probable continuations of the beams by one token, the best first.
func (s *search) candidates(logits []float32) []beam {
	type choice struct {
		from    int
		id      int32
		logProb float64
		sum     float64
	}
	var all []choice
	for i, b := range s.beams {
		values := slices.Clone(logits[i*s.g.Vocab : (i+1)*s.g.Vocab])
		normalizer := logSum(values)
		for id := range values {
			values[id] -= float32(normalizer)
		}
		s.row.restrict(values, len(b.ids))
		s.row.Sampling.Filter(values, append(slices.Clone(s.row.history), b.ids...))
		for id, v := range values {
			if v > excluded {
				all = append(all, choice{i, int32(id), float64(v), b.sum + float64(v)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b choice) int { return cmp.Compare(b.sum, a.sum) })
	var best []beam
	for _, c := range all[:min(len(all), 2*s.Width)] {
		best = append(best, s.beams[c.from].with(c.id, c.logProb, c.from, s.row.ends(c.id)))
	}
	return best
}

// keep makes the best candidates that go on the new beams, and ranks those among the first Width that end; all do at the
// last token.
func (s *search) keep(candidates []beam, last bool) {
	s.beams = nil
	for i, c := range candidates {
		switch {
		case (c.ended || last) && i < s.Width:
			s.ended = append(s.ended, c)
		case !c.ended && !last && len(s.beams) < s.Width:
			s.beams = append(s.beams, c)
		}
	}
	slices.SortStableFunc(s.ended, func(a, b beam) int { return cmp.Compare(s.rank(b), s.rank(a)) })
	s.ended = s.ended[:min(len(s.ended), s.Width)]
}

func (s *search) rank(b beam) float64 { return b.sum / math.Pow(float64(len(b.ids)), s.LengthPenalty) }

// done tells whether no beam is worth going on with.
func (s *search) done(step int) bool {
	if len(s.ended) < s.Width {
		return false
	}
	return s.EarlyStopping || s.rank(s.ended[s.Width-1]) >= s.beams[0].sum/math.Pow(float64(step), s.LengthPenalty)
}

// result replays the best text through the request's row.
func (s *search) result() Result {
	best := s.ended[0]
	for i, id := range best.ids {
		s.row.accept(id, best.logProbs[i])
	}
	return s.row.finish()
}
