package objective

import (
	"fmt"

	"inkstone/experiments"
	"inkstone/runner/data"
	"inkstone/runner/tokenizer"
)

// Source gives the batches of one run.
type Source struct {
	prepared *data.Prepared
	spec     experiments.Spec
	seed     int64
	specials Specials
	sampler  *sampler
	window   int
}

const maskDraw = 2 // the purpose of a row's masks, beside that of its window

// NewSource joins a corpus with an objective.
func NewSource(p *data.Prepared, spec experiments.Spec, seed int64) (*Source, error) {
	s := &Source{prepared: p, spec: spec, seed: seed, window: data.WindowLength(spec)}
	if spec.Objective.Kind == "infill" {
		s.sampler = newSampler(spec.Objective)
		for name, id := range map[string]*int32{
			tokenizer.Mask: &s.specials.Mask, tokenizer.BlockMask: &s.specials.BlockMask, tokenizer.StartOfPiece: &s.specials.StartOfPiece,
			tokenizer.EndOfPiece: &s.specials.EndOfPiece, tokenizer.EndOfText: &s.specials.EndOfText,
		} {
			var ok bool
			if *id, ok = p.Tokenizer.Special(name); !ok {
				return nil, fmt.Errorf("objective infill needs the token %s, which this tokenizer does not have; use bytes or bpe", name)
			}
		}
	}
	if err := p.CheckLength(s.window); err != nil {
		return nil, err
	}
	if first := s.row(data.Train, seed, 1, 0); len(first.Inputs) == 0 {
		return nil, fmt.Errorf("objective infill: no spans fit into windows of %d tokens of this corpus, which leave room for part B in a train.sequence_length of %d; lower objective.mask_ratio, raise train.sequence_length, or use longer documents", s.window, s.Length())
	}
	return s, nil
}

// Length is the number of columns of every batch.
func (s *Source) Length() int { return s.spec.Train.SequenceLength }

// VocabSize counts the ids, special tokens included.
func (s *Source) VocabSize() int { return s.prepared.Tokenizer.VocabSize() }

// Train is the batch of an update, from 1.
func (s *Source) Train(step int) Batch {
	return s.batch(data.Train, s.seed, func(row int) (int, int) { return step, row })
}

// Validations is the number of validation batches.
func (s *Source) Validations() int { return s.spec.Data.Validation.Batches }

// Validation is batch i of the validation. The windows are one sequence, whatever the batch size.
func (s *Source) Validation(i int) Batch {
	return s.batch(data.Validation, s.spec.Data.Validation.Seed, func(row int) (int, int) {
		return 0, i*s.spec.Train.GlobalBatchSize + row
	})
}

func (s *Source) batch(side data.Side, seed int64, place func(row int) (int, int)) Batch {
	b := Batch{Length: s.Length()}
	for row := range s.spec.Train.GlobalBatchSize {
		step, at := place(row)
		b.append(s.row(side, seed, step, at))
	}
	b.Bytes = s.bytes(b)
	return b
}

// triesPerWindow bounds how often spans are drawn again before another window is taken, and maxWindows how many are
// taken: a corpus of which none will do is found when the source is made.
const (
	triesPerWindow = 16
	maxWindows     = 256
)

func (s *Source) row(side data.Side, seed int64, step, row int) Row {
	if s.sampler == nil {
		w := s.prepared.Window(side, seed, step, row, s.window)
		return Causal(w.Tokens, w.ScoreFrom)
	}
	for try := range maxWindows {
		// A window whose spans cannot be placed is dropped, as in the recipe; the next one has a seed of its own.
		w := s.prepared.Window(side, seed+int64(try)<<32, step, row, s.window)
		random := data.Random(side, maskDraw, seed+int64(try)<<32, step, row)
		for range triesPerWindow {
			spans, ok := s.sampler.spans(random, w.Tokens, s.specials.EndOfText)
			if r := s.infill(w.Tokens, spans, random.Float64); ok && len(r.Inputs) <= s.Length() {
				return r
			}
		}
	}
	return Row{} // carries no loss
}

// infill builds a row, hiding B inputs with block_mask_prob.
func (s *Source) infill(tokens []int32, spans []Span, uniform func() float64) Row {
	var blocked [][2]int
	if p := s.spec.Objective.BlockMaskProb; p > 0 {
		for i, span := range spans {
			for token := range span.To - span.From {
				if uniform() < p {
					blocked = append(blocked, [2]int{i, token})
				}
			}
		}
	}
	return Infill(tokens, spans, s.specials, blocked)
}

// append adds a row, padded on the right with tokens that carry no loss.
func (b *Batch) append(r Row) {
	pad := b.Length - len(r.Inputs)
	b.Rows++
	b.Inputs = append(append(b.Inputs, r.Inputs...), make([]int32, pad)...)
	b.Targets = append(append(b.Targets, r.Targets...), make([]int32, pad)...)
	b.Weights = append(append(b.Weights, r.Weights...), make([]float32, pad)...)
	b.Positions = append(append(b.Positions, r.Positions...), make([]int32, pad)...)
	b.BlockPositions = append(append(b.BlockPositions, r.BlockPositions...), make([]int32, pad)...)
	b.Prefix = append(b.Prefix, int32(r.Prefix))
	b.Valid = append(b.Valid, int32(len(r.Inputs)))
}

// bytes counts the text that the weighted targets stand for.
func (s *Source) bytes(b Batch) int64 {
	if s.prepared.Tokenizer.VocabSize() <= tokenizer.MaxSymbols {
		return 0
	}
	var ids []int32
	for i, w := range b.Weights {
		if w > 0 {
			ids = append(ids, b.Targets[i])
		}
	}
	return int64(len(s.prepared.Tokenizer.Decode(ids)))
}

// Prompt is one row of a text for attention maps, with the texts of its tokens. Where the objective is infilling the whole
// text is part A, which sees itself in both directions.
func (s *Source) Prompt(text string) (Batch, []string, error) {
	ids, err := s.prepared.Prompt(text, s.Length())
	if err != nil {
		return Batch{}, nil, err
	}
	b := Batch{Length: len(ids)}
	b.append(promptRow(ids, s.sampler != nil))
	return b, tokenizer.Texts(s.prepared.Tokenizer, ids), nil
}

func promptRow(ids []int32, bidirectional bool) Row {
	var r Row
	for i, id := range ids {
		r.add(id, id, 0, i, 0)
	}
	if bidirectional {
		r.Prefix = len(ids)
	}
	return r
}
