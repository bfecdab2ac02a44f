package experiments

import "fmt"

// model checks the network's fields against each other.
func (v *validator) model() {
	v.heads()
	v.tables()
	v.vocabulary()
	v.encoder()
}

func (v *validator) heads() {
	m := v.spec.Model
	if m.HiddenSize < 1 || m.NumAttentionHeads < 1 {
		return
	}
	width := []string{"model.num_attention_heads", "model.hidden_size"}
	if !v.has("model.head_dim") && m.HiddenSize%m.NumAttentionHeads != 0 {
		v.wrong(width, "%d heads do not divide hidden_size %d; %s, or write model.head_dim", m.NumAttentionHeads, m.HiddenSize, divisors(m.HiddenSize, m.NumAttentionHeads))
		return
	}
	groups := []string{"model.num_key_value_heads", "model.num_attention_heads"}
	if m.NumKeyValueHeads > 0 && m.NumAttentionHeads%m.NumKeyValueHeads != 0 {
		v.wrong(groups, "%d groups do not divide %d heads; %s", m.NumKeyValueHeads, m.NumAttentionHeads, divisors(m.NumAttentionHeads, m.NumKeyValueHeads))
	}
	v.pairs(append([]string{"model.head_dim"}, width...))
}

// pairs checks that the dimensions of a head which a rotation turns come in pairs.
func (v *validator) pairs(shape []string) {
	m := v.spec.Model
	at := append([]string{"model.positions"}, shape...)
	turned := float64(m.HeadDim) * m.PartialRotaryFactor
	switch {
	case m.HeadDim < 1:
	case m.Positions == "rotary-2d" && m.HeadDim%4 != 0:
		v.wrong(at, "rotary-2d turns two halves of each head in pairs, so a head's width (head_dim, or hidden_size / num_attention_heads) must be a multiple of 4, not %d", m.HeadDim)
	case m.Positions == "rotary" && m.HeadDim%2 != 0:
		v.wrong(at, "rotary turns pairs, so a head's width (head_dim, or hidden_size / num_attention_heads) must be even, not %d", m.HeadDim)
	case m.Positions == "rotary" && (turned != float64(int(turned)) || int(turned)%2 != 0 || turned < 2):
		v.wrong(append([]string{"model.partial_rotary_factor"}, at...), "%g of a head's width %d is %g; rotary turns pairs, so it must be a positive even number", m.PartialRotaryFactor, m.HeadDim, turned)
	}
}

// tables checks that tables of positions have a row for each position of a sequence.
func (v *validator) tables() {
	m, length := v.spec.Model, v.spec.Train.SequenceLength
	if m.MaxPositionEmbeddings > 0 && m.MaxPositionEmbeddings < length {
		v.wrong([]string{"train.sequence_length", "model.max_position_embeddings", "model.preset"}, "%d tokens are more than the %d positions of max_position_embeddings; use shorter sequences, or write a larger one", length, m.MaxPositionEmbeddings)
	}
}

// vocabulary checks that every token has a row, as far as the spec tells the tokenizer's size.
func (v *validator) vocabulary() {
	s := v.spec
	tokens := s.Tokenizer.VocabSize
	if s.Tokenizer.Kind == "symbols" {
		tokens = s.Data.Repeats.Symbols
	}
	if s.Model.VocabSize > 0 && s.Model.VocabSize < tokens {
		v.wrong([]string{"model.vocab_size", "tokenizer.vocab_size", "data.repeats.symbols", "model.preset"}, "%d rows do not hold the tokenizer's %d tokens; make it at least that", s.Model.VocabSize, tokens)
	}
}

// encoder checks what a bert is trained for.
func (v *validator) encoder() {
	s := v.spec
	if s.Model.Family == "bert" && (s.Objective.Kind == "causal" || s.Objective.Kind == "infill") {
		v.wrong([]string{"model.family", "objective.kind", "model.preset"}, "bert sees a whole row, so that the objective %s would show it what it is to predict; take mlm, or the family glm", s.Objective.Kind)
	}
}

// divisors words the numbers next to one that do divide.
func divisors(whole, wanted int) string {
	below, above := 0, 0
	for d := 1; d <= whole; d++ {
		if whole%d != 0 {
			continue
		}
		if d < wanted {
			below = d
		} else if above == 0 {
			above = d
		}
	}
	switch {
	case above == 0:
		return fmt.Sprintf("%d would", below)
	case below == 0:
		return fmt.Sprintf("%d would", above)
	}
	return fmt.Sprintf("%d or %d would", below, above)
}
