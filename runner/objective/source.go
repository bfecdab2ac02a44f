package objective

import (
	"fmt"
	"math/rand/v2"

	"inkstone/experiments"
	"inkstone/runner/data"
)

// Source gives the batches of one run. Its methods may be called by several goroutines.
type Source struct {
	prepared *data.Prepared
	spec     experiments.Spec
	seed     int64
	// One of them is there where the objective is not causal.
	infilling *infilling
	masking   *masking
	// packings are there where rows are packed.
	packings map[data.Side]*data.Packing
}

// Purposes of a row's draws, beside that of its window.
const (
	maskDraw  = 2
	taskDraw  = 4 // 3 is the probe's
	pieceDraw = 5
)

// key is what the draws of a row depend on.
type key struct {
	side      data.Side
	seed      int64
	step, row int
}

func (k key) random(purpose uint64) *rand.Rand {
	return data.Random(k.side, purpose, k.seed, k.step, k.row)
}

// retry is the key of another window for the same row.
func (k key) retry(n int) key {
	k.seed += int64(n) << 32
	return k
}

// NewSource joins a corpus with an objective.
func NewSource(p *data.Prepared, spec experiments.Spec, seed int64) (*Source, error) {
	s := &Source{prepared: p, spec: spec, seed: seed}
	var err error
	switch spec.Objective.Kind {
	case "infill":
		s.infilling, err = newInfilling(spec.Objective, p.Tokenizer)
	case "mlm":
		s.masking, err = newMasking(spec.Objective, p.Tokenizer)
	}
	if err != nil {
		return nil, err
	}
	if s.packings, err = packings(p, spec); err != nil {
		return nil, err
	}
	if s.packings == nil {
		if err := p.CheckLength(data.WindowLength(spec)); err != nil {
			return nil, err
		}
	}
	return s, s.check()
}

// check makes sure that there are rows of every task.
func (s *Source) check() error {
	if s.infilling == nil {
		return nil
	}
	shares := s.spec.Objective.Tasks
	for t, share := range []float64{tokenTask: shares.Token, sentenceTask: shares.Sentence, documentTask: shares.Document} {
		if share > 0 && len(s.row(key{data.Train, s.seed, 1, 0}, draw{task: task(t), generated: 1}).Inputs) == 0 {
			return fmt.Errorf("objective infill, task %s: no spans fit into windows of %d tokens of this corpus, which leave room for part B in a train.sequence_length of %d; lower objective.mask_ratio, raise train.sequence_length, or use longer documents",
				taskNames[t], s.window(task(t)), s.Length())
		}
	}
	return nil
}

// Length is the number of columns of every batch.
func (s *Source) Length() int { return s.spec.Train.SequenceLength }

// VocabSize counts the ids, special tokens included.
func (s *Source) VocabSize() int { return s.prepared.Tokenizer.VocabSize() }

// Train is the batch of an update, from 1. Its rows share the task and the lengths that infilling draws.
func (s *Source) Train(step int) Batch {
	keys := make([]key, s.spec.Train.GlobalBatchSize)
	for row := range keys {
		keys[row] = key{data.Train, s.seed, step, row}
	}
	shared, b := s.draw(keys), s.empty()
	for _, k := range keys {
		b.append(s.row(k, shared))
	}
	b.Bytes = s.bytes(b)
	return b
}

// Validations is the number of validation batches.
func (s *Source) Validations() int { return s.spec.Data.Validation.Batches }

// Validation is batch i of the validation. The rows are one sequence, whatever the batch size, so each has draws of its own.
func (s *Source) Validation(i int) Batch {
	b, rows := s.empty(), s.spec.Train.GlobalBatchSize
	for row := range rows {
		k := key{data.Validation, s.spec.Data.Validation.Seed, 0, i*rows + row}
		b.append(s.row(k, s.draw([]key{k})))
	}
	b.Bytes = s.bytes(b)
	return b
}

func (s *Source) empty() Batch { return Batch{Length: s.Length()} }

// draw draws what the rows under these keys have in common.
func (s *Source) draw(keys []key) draw {
	if s.infilling == nil {
		return draw{}
	}
	random := keys[0].random(taskDraw)
	d := s.infilling.draw(random, s.window)
	if d.task == documentTask {
		shortest, longest := s.Length(), 0
		for _, k := range keys {
			n := len(s.text(k, d))
			shortest, longest = min(shortest, n), max(longest, n)
		}
		d.generated = s.infilling.generated(random, shortest, longest)
	}
	return d
}

// window is how many tokens of text a row of a task is made from.
func (s *Source) window(t task) int {
	if t == documentTask {
		return data.WholeWindow(s.spec)
	}
	return data.SpanWindow(s.spec)
}

// text is what a row of infilling is made from.
func (s *Source) text(k key, d draw) []int32 {
	tokens := s.prepared.Window(k.side, k.seed, k.step, k.row, s.window(d.task)).Tokens
	if d.piece == 0 {
		return tokens
	}
	end := s.infilling.specials[d.task].EndOfText
	return shortPiece(k.random(pieceDraw), tokens, endings(s.infilling.texts, tokens), end, d.piece)
}

// triesPerWindow bounds how often masks are drawn again before another window is taken, and maxWindows how many are taken:
// a corpus of which none will do is found when the source is made.
const (
	triesPerWindow = 16
	maxWindows     = 256
)

func (s *Source) row(k key, d draw) Row {
	switch {
	case s.packings != nil:
		return s.packed(k)
	case s.infilling != nil:
		return s.infilled(k, d)
	case s.masking != nil:
		return s.masked(k)
	}
	w := s.prepared.Window(k.side, k.seed, k.step, k.row, data.WindowLength(s.spec))
	return Causal(w.Tokens, w.ScoreFrom)
}

// infilled drops a window whose spans cannot be placed, as in the recipe; the next one has a seed of its own.
func (s *Source) infilled(k key, d draw) Row {
	for try := range maxWindows {
		again := k.retry(try)
		tokens, random := s.text(again, d), again.random(maskDraw)
		for range triesPerWindow {
			if r, ok := s.infilling.row(random, tokens, d); ok && len(r.Inputs) <= s.Length() {
				return r
			}
		}
	}
	return Row{Task: taskNames[d.task]} // carries no loss
}

// masked draws again where no token was chosen, as can happen in a short row.
func (s *Source) masked(k key) Row {
	w := s.prepared.Window(k.side, k.seed, k.step, k.row, data.WindowLength(s.spec))
	random := k.random(maskDraw)
	r := s.masking.row(random, w.Tokens)
	for try := 0; r.weight() == 0 && try < maxWindows; try++ {
		r = s.masking.row(random, w.Tokens)
	}
	return r
}
