package generate

import (
	"errors"
	"fmt"
)

// Request asks for the continuation of one prompt, or for what its blanks hide.
type Request struct {
	// Prompt are the ids to go on from; at least one.
	Prompt []int32
	// Blanks, where set, has the prompt's masks filled in instead.
	Blanks *Blanks
	// MaxNewTokens bounds the generated tokens, those that end a text or a blank included; 0 goes on to the end of the context.
	MaxNewTokens int
	// MinNewTokens is how many tokens come before anything may end the text or a blank.
	MinNewTokens int
	Sampling     Sampling
	Stop         Stop
	// Row tells the draws of several requests with one seed apart.
	Row int
}

// Stop ends a text.
type Stop struct {
	// IDs end it when they are generated; they are no part of the result.
	IDs []int32
	// Sequences end it before their first occurrence in the text.
	Sequences []string
}

// Blanks makes a request one of blank infilling (arXiv 2103.10360): the prompt is part A, which sees itself in both
// directions; each blank is generated in part B behind Start, at the first position of its mask, until End.
type Blanks struct {
	// At are the places of the masks in the prompt, in the order of filling.
	At         []int
	Start, End int32
}

// Reason says why a text ended.
type Reason string

// The reasons.
const (
	ReasonStop      Reason = "stop"      // a stop id or sequence, or the last blank's end
	ReasonLength    Reason = "length"    // max_new_tokens
	ReasonContext   Reason = "context"   // the model's context is full
	ReasonCancelled Reason = "cancelled" // the context of the call ended
)

// Result is what was generated for one request.
type Result struct {
	// IDs are the generated ids, and LogProbs the natural logarithms of their probabilities under the model, before sampling's
	// filters. Stop ids are not among them.
	IDs      []int32   `json:"ids"`
	LogProbs []float64 `json:"log_probs"`
	// Text is IDs as text, up to a stop sequence; bytes that are no character are U+FFFD.
	Text string `json:"text"`
	// Fills are the texts of the blanks, in the order of Blanks.At.
	Fills  []string `json:"fills,omitempty"`
	Reason Reason   `json:"reason"`
}

// Event is one generated token of a request.
type Event struct {
	// Request is the index of the request in the call, Blank that of the blank.
	Request, Blank int
	ID             int32
	LogProb        float64
	// Text is what can be shown at once: whole characters, possibly of several tokens, possibly none.
	Text string
}

// Decoder gives the bytes of ids, as a tokenizer does.
type Decoder interface{ Decode(ids []int32) []byte }

// Check refuses what cannot be generated in a context of so many tokens, over so many ids.
func (r Request) Check(context, ids int) error {
	if len(r.Prompt) == 0 {
		return errors.New("the prompt is empty; give at least one token to go on from")
	}
	for i, id := range r.Prompt {
		if id < 0 || int(id) >= ids {
			return fmt.Errorf("token %d of the prompt is %d, outside the vocabulary of %d", i, id, ids)
		}
	}
	size := len(r.Prompt)
	if r.Blanks != nil {
		size++ // the first blank's start
	}
	if size >= context {
		return fmt.Errorf("the prompt takes %d of the %d tokens of the model's context, which leaves none to generate; shorten the prompt", size, context)
	}
	if r.Blanks != nil {
		if err := r.Blanks.check(len(r.Prompt), ids); err != nil {
			return err
		}
	}
	if r.MaxNewTokens < 0 || r.MinNewTokens < 0 {
		return fmt.Errorf("max_new_tokens is %d and min_new_tokens %d; neither may be negative", r.MaxNewTokens, r.MinNewTokens)
	}
	return r.Sampling.Check()
}

func (b Blanks) check(prompt, ids int) error {
	if len(b.At) == 0 {
		return errors.New("the prompt has no blank to fill; put a [MASK] into it")
	}
	for _, at := range b.At {
		if at < 0 || at >= prompt {
			return fmt.Errorf("a blank lies at token %d, outside the prompt of %d tokens", at, prompt)
		}
	}
	if b.Start < 0 || int(b.Start) >= ids || b.End < 0 || int(b.End) >= ids {
		return fmt.Errorf("the start token %d or the end token %d of a blank lies outside the vocabulary of %d", b.Start, b.End, ids)
	}
	return nil
}
