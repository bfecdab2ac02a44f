package generate

import (
	"fmt"
	"math"
)

// Sampling says how the next token is chosen from logits. The zero value takes the most probable token. Stages run in the
// order of the fields, as in transformers' generate.
type Sampling struct {
	// RepetitionPenalty divides the positive and multiplies the negative logits of every token seen so far, the prompt's
	// included (arXiv 1909.05858, section 4.1); 0 and 1 change nothing.
	RepetitionPenalty float64 `json:"repetition_penalty,omitempty"`
	// NoRepeatNGram forbids a token that would end an n-gram seen before; 0 forbids nothing.
	NoRepeatNGram int `json:"no_repeat_ngram_size,omitempty"`
	// BadWords are sequences of ids of which the last is forbidden where the others stand before it.
	BadWords [][]int32 `json:"bad_words,omitempty"`
	// Temperature divides the logits; 0 takes the most probable token and skips what follows.
	Temperature float64 `json:"temperature"`
	// TopK keeps the k most probable tokens, and those that tie with the last; 0 keeps all.
	TopK int `json:"top_k,omitempty"`
	// TopP keeps the fewest most probable tokens that together reach this probability (arXiv 1904.09751); 0 and 1 keep all.
	TopP float64 `json:"top_p,omitempty"`
	// MinP keeps tokens at least this share as probable as the most probable one (arXiv 2407.01082); 0 keeps all.
	MinP float64 `json:"min_p,omitempty"`
	// Seed, with the row and the step, decides the draw.
	Seed int64 `json:"seed"`
}

// Check refuses settings outside their ranges.
func (s Sampling) Check() error {
	for _, r := range []struct {
		name     string
		value    float64
		ok       bool
		expected string
	}{
		{"repetition_penalty", s.RepetitionPenalty, s.RepetitionPenalty >= 0, "a positive number, 1 for none"},
		{"no_repeat_ngram_size", float64(s.NoRepeatNGram), s.NoRepeatNGram >= 0, "0 for none, or a length"},
		{"temperature", s.Temperature, s.Temperature >= 0, "0 for the most probable token, or a positive number"},
		{"top_k", float64(s.TopK), s.TopK >= 0, "0 for all tokens, or a number of them"},
		{"top_p", s.TopP, s.TopP >= 0 && s.TopP <= 1, "between 0 and 1"},
		{"min_p", s.MinP, s.MinP >= 0 && s.MinP <= 1, "between 0 and 1"},
	} {
		if !r.ok || math.IsInf(r.value, 0) {
			return fmt.Errorf("%s is %v; it must be %s", r.name, r.value, r.expected)
		}
	}
	return nil
}

// Greedy tells that nothing but the largest logit decides: the choice can be made on the device.
func (s Sampling) Greedy() bool {
	return s.Temperature == 0 && (s.RepetitionPenalty == 0 || s.RepetitionPenalty == 1) && s.NoRepeatNGram == 0 && len(s.BadWords) == 0
}

// Filter applies every stage in place to the logits [V] of the token behind history, the prompt's ids and what was
// generated; what is excluded becomes −Inf.
func (s Sampling) Filter(logits []float32, history []int32) {
	penalizeRepetition(logits, history, float32(s.RepetitionPenalty))
	banRepeatedNGrams(logits, history, s.NoRepeatNGram)
	banWords(logits, history, s.BadWords)
	if s.Temperature == 0 {
		return
	}
	divide(logits, float32(s.Temperature))
	keepTopK(logits, s.TopK)
	keepTopP(logits, s.TopP)
	keepMinP(logits, s.MinP)
}

// choose filters the logits [V] and takes a token; ok is false where every token is excluded.
func (s Sampling) choose(logits []float32, history []int32, row, step int) (id int32, ok bool) {
	s.Filter(logits, history)
	if best, ok := argMax(logits); s.Temperature == 0 || !ok {
		return best, ok
	}
	return draw(probabilities(logits), uniform(s.Seed, row, step)), true
}
