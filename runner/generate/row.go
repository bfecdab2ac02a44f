package generate

import (
	"fmt"
	"math"
	"slices"
)

// input is a token on its way into the model: its id and GLM's two positions.
type input struct{ id, position, block int32 }

// row is one request at work.
type row struct {
	Request
	index   int // among the requests of the call
	decoder Decoder
	context int // tokens that the model takes in

	history []int32 // every id that went in or is about to: the prompt, starts of blanks, generated ids
	next    input
	blank   int
	text    textBuffer
	decoded int     // bytes of the current text that went into the buffer
	current []int32 // ids of the current text: the continuation, or the blank
	result  Result
	count   int // generated tokens, those that end included
}

func newRow(r Request, index, context int, decoder Decoder) *row {
	w := &row{Request: r, index: index, context: context, decoder: decoder, history: slices.Clone(r.Prompt)}
	w.text.stops = r.Stop.Sequences
	if r.Blanks != nil {
		w.begin()
	}
	return w
}

// prompt gives what goes in before the first token is generated, and how many leading tokens see each other.
func (w *row) prompt() (inputs []input, prefix int) {
	for i, id := range w.Prompt {
		inputs = append(inputs, input{id, int32(i), 0})
	}
	if w.Blanks == nil {
		return inputs, 0
	}
	return append(inputs, w.next), len(w.Prompt)
}

// begin puts the start of the current blank in front of the model.
func (w *row) begin() {
	w.next = input{w.Blanks.Start, int32(w.Blanks.At[w.blank]), 1}
	w.history = append(w.history, w.next.id)
}

// left is how many tokens may still be generated.
func (w *row) left() int {
	left := w.context - len(w.history)
	if w.MaxNewTokens > 0 {
		left = min(left, w.MaxNewTokens-w.count)
	}
	return left
}

// greedy tells that the device can go on alone for several tokens.
func (w *row) greedy() bool {
	last := w.Blanks == nil || w.blank+1 == len(w.Blanks.At)
	return w.done() || w.Sampling.Greedy() && w.count >= w.MinNewTokens && last
}

// advance is what the positions grow by from token to token.
func (w *row) advance() input {
	if w.Blanks != nil {
		return input{block: 1}
	}
	return input{position: 1}
}

func (w *row) done() bool { return w.result.Reason != "" }

// ends tells whether an id ends the text or the blank.
func (w *row) ends(id int32) bool {
	if w.Blanks != nil && id == w.Blanks.End {
		return true
	}
	return slices.Contains(w.Stop.IDs, id)
}

// restrict excludes the ids that end the text or a blank before the least number of tokens is there.
func (w *row) restrict(logits []float32, count int) {
	if count >= w.MinNewTokens {
		return
	}
	for _, id := range w.Stop.IDs {
		ban(logits, id)
	}
	if w.Blanks != nil {
		ban(logits, w.Blanks.End)
	}
}

// choose samples from the logits [V], which it overwrites.
func (w *row) choose(logits []float32) (Event, error) {
	normalizer := logSum(logits)
	raw := slices.Clone(logits)
	w.restrict(logits, w.count)
	id, ok := w.Sampling.choose(logits, w.history, w.Row, w.count)
	if !ok {
		return Event{}, fmt.Errorf("request %d, token %d: every token is excluded; loosen bad_words, no_repeat_ngram_size or min_new_tokens", w.index, w.count)
	}
	return w.accept(id, float64(raw[id])-normalizer), nil
}

// accept takes a generated id, and decides what goes into the model next, or why nothing does.
func (w *row) accept(id int32, logProb float64) Event {
	w.count++
	e := Event{Request: w.index, Blank: w.blank, ID: id, LogProb: logProb}
	switch {
	case w.ends(id):
		e.Text = w.text.flush()
		w.endText()
	default:
		e.Text = w.take(id, logProb)
	}
	if !w.done() && w.count == w.MaxNewTokens {
		w.result.Reason = ReasonLength
	}
	if !w.done() && len(w.history) >= w.context {
		w.result.Reason = ReasonContext
	}
	if w.done() {
		e.Text += w.text.flush()
	}
	return e
}

// take adds an id to the current text.
func (w *row) take(id int32, logProb float64) string {
	w.history, w.current = append(w.history, id), append(w.current, id)
	w.result.IDs, w.result.LogProbs = append(w.result.IDs, id), append(w.result.LogProbs, logProb)
	if w.Blanks != nil {
		w.next = input{id, w.next.position, w.next.block + 1}
	} else {
		w.next = input{id, int32(len(w.history) - 1), 0}
	}
	all := w.decoder.Decode(w.current)
	more := all[min(w.decoded, len(all)):]
	w.decoded = len(all)
	out, stopped := w.text.push(more)
	if stopped {
		w.endText()
	}
	return out
}

// endText closes the text or the blank, and goes on to the next blank where there is one.
func (w *row) endText() {
	if w.Blanks == nil || w.blank+1 == len(w.Blanks.At) {
		w.result.Reason = ReasonStop
		return
	}
	w.result.Fills = append(w.result.Fills, w.text.text.String())
	w.text, w.decoded, w.current = textBuffer{stops: w.Stop.Sequences}, 0, nil
	w.blank++
	w.begin()
}

// finish gives the result; a row that has not ended was cancelled.
func (w *row) finish() Result {
	if !w.done() {
		w.result.Reason = ReasonCancelled
		w.text.flush()
	}
	if text := w.text.text.String(); w.Blanks != nil {
		w.result.Fills = append(w.result.Fills, text)
	} else {
		w.result.Text = text
	}
	return w.result
}

// logSum is log Σ exp of logits [V], in float64.
func logSum(logits []float32) float64 {
	best, _ := argMax(logits)
	sum := 0.0
	for _, v := range logits {
		sum += math.Exp(float64(v) - float64(logits[best]))
	}
	return float64(logits[best]) + math.Log(sum)
}
