package objective

import (
	"fmt"
	"math/rand/v2"

	"inkstone/experiments"
	"inkstone/runner/tokenizer"
)

// task is one of infilling's three.
type task int

const (
	tokenTask task = iota
	sentenceTask
	documentTask
)

var taskNames = [...]string{"token", "sentence", "document"}

// infilling makes the rows of a mixture of tasks.
type infilling struct {
	objective experiments.Objective
	specials  [len(taskNames)]Specials // they differ in the mask
	sampler   *sampler
	texts     [][]byte // of the vocabulary
}

func newInfilling(o experiments.Objective, t tokenizer.Tokenizer) (*infilling, error) {
	n := &infilling{objective: o, sampler: newSampler(o), texts: vocabularyTexts(t)}
	var common Specials
	masks := [len(taskNames)]int32{}
	for name, id := range map[string]*int32{
		tokenizer.Mask: &masks[tokenTask], tokenizer.SentenceMask: &masks[sentenceTask], tokenizer.GenerationMask: &masks[documentTask],
		tokenizer.BlockMask: &common.BlockMask, tokenizer.StartOfPiece: &common.StartOfPiece, tokenizer.EndOfPiece: &common.EndOfPiece,
		tokenizer.EndOfText: &common.EndOfText,
	} {
		var err error
		if *id, err = special(t, "infill", name); err != nil {
			return nil, err
		}
	}
	for i, mask := range masks {
		n.specials[i] = common
		n.specials[i].Mask = mask
	}
	return n, nil
}

// special is the id of a special token that an objective needs.
func special(t tokenizer.Tokenizer, objective, name string) (int32, error) {
	id, ok := t.Special(name)
	if !ok {
		return 0, fmt.Errorf("objective %s needs the token %s, which this tokenizer does not have; use bytes or bpe", objective, name)
	}
	return id, nil
}

// draw is what the rows of a batch have in common.
type draw struct {
	task task
	// piece is the length of shorter pieces; 0 leaves the windows whole.
	piece int
	// generated is how many tokens the document task generates.
	generated int
}

// shortestPiece bounds the length of shorter pieces, where windows are long enough.
const shortestPiece = 32

// draw draws the length of pieces and the task; texts of the task have window tokens.
func (n *infilling) draw(random *rand.Rand, window func(task) int) draw {
	var d draw
	short, at := random.Float64() < n.objective.ShortSeqProb, random.Float64()
	switch shares := n.objective.Tasks; {
	case at < shares.Token:
	case at < shares.Token+shares.Sentence:
		d.task = sentenceTask
	default:
		d.task = documentTask
	}
	if short {
		least := min(shortestPiece, window(d.task)/2)
		d.piece = least + random.IntN(max(1, window(d.task)-1-least))
	}
	return d
}

// generated draws a length evenly from gpt_min_ratio of the shortest text to two less than the longest.
func (n *infilling) generated(random *rand.Rand, shortest, longest int) int {
	least := max(1, int(n.objective.GPTMinRatio*float64(shortest)))
	return least + random.IntN(max(1, longest-2-least+1))
}

// row masks a text. ok is false where it does not fit.
func (n *infilling) row(random *rand.Rand, tokens []int32, d draw) (row Row, ok bool) {
	s := n.specials[d.task]
	switch d.task {
	case sentenceTask:
		spans := someSentences(random, splitSentences(tokens, endings(n.texts, tokens), s.EndOfText), n.objective.MaskRatio, len(tokens))
		row, ok = Infill(tokens, spans, s, nil), len(spans) > 0
	case documentTask:
		row, ok = n.generate(random, tokens, d.generated)
	default:
		var spans []Span
		if spans, ok = n.sampler.spans(random, tokens, s.EndOfText); ok {
			row = Infill(tokens, spans, s, n.blocked(random, spans))
		}
	}
	row.Task = taskNames[d.task]
	return row, ok
}

// blocked hides inputs of part B with block_mask_prob.
func (n *infilling) blocked(random *rand.Rand, spans []Span) (blocked [][2]int) {
	if n.objective.BlockMaskProb == 0 {
		return nil
	}
	for i, span := range spans {
		for token := range span.To - span.From {
			if random.Float64() < n.objective.BlockMaskProb {
				blocked = append(blocked, [2]int{i, token})
			}
		}
	}
	return blocked
}

// generate has the text's end written, or, in one of the cases of a text of one document, a stretch in its middle. At least two
// tokens stay.
func (n *infilling) generate(random *rand.Rand, tokens []int32, length int) (Row, bool) {
	s := n.specials[documentTask]
	length = min(length, len(tokens)-2)
	if length < 1 {
		return Row{}, false
	}
	documents := splitDocuments(tokens, s.EndOfText)
	if len(documents) > 1 || random.Float64() < n.objective.GPTInfillProb {
		return PrefixSplit(tokens, len(tokens)-length, s), true
	}
	spans, ok := place(random, documents[0], []int{length})
	return Infill(tokens, spans, s, nil), ok
}
