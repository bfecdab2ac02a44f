package model

import (
	"fmt"

	"inkstone/experiments"
)

// Start says how a parameter is initialised.
type Start int

// The ways to start.
const (
	StartNormal Start = iota // N(0, initializer_range)
	StartOutput              // N(0, initializer_range/√(2·layers)): projections back into the residual stream
	StartOne
	StartZero
)

// Weight is one trainable tensor.
type Weight struct {
	Name  string
	Shape []int
	Start Start
}

// Size is the number of values.
func (p Weight) Size() int64 {
	n := int64(1)
	for _, d := range p.Shape {
		n *= int64(d)
	}
	return n
}

// Decays tells whether weight decay applies: to matrices, not to norms and biases.
func (p Weight) Decays() bool { return len(p.Shape) > 1 }

// HeadDim is the width of one attention head.
func HeadDim(m experiments.Model) int {
	if m.HeadDim > 0 {
		return m.HeadDim
	}
	return m.HiddenSize / m.NumAttentionHeads
}

// Weights lists the parameters of a model in order, for a tokenizer of vocab tokens and rows of at most length positions.
// The model's own vocab_size and max_position_embeddings, where they are larger, make tables longer.
func Weights(m experiments.Model, vocab, length int) []Weight {
	vocab, length = max(vocab, m.VocabSize), max(length, m.MaxPositionEmbeddings)
	list := embeddingParameters(m, vocab, length)
	for layer := range m.NumHiddenLayers {
		list = append(list, blockParameters(m, fmt.Sprintf("model.layers.%d.", layer))...)
	}
	if m.NormPlacement != "post" {
		list = append(list, normParameters(m, "model.norm")...)
	}
	return append(list, headParameters(m, vocab)...)
}

func embeddingParameters(m experiments.Model, vocab, length int) []Weight {
	h := m.HiddenSize
	list := []Weight{{"model.embed_tokens.weight", []int{vocab, h}, StartNormal}}
	switch m.Positions {
	case "learned": // a row more than there are positions, as in the published tables
		list = append(list, Weight{"model.position_embeddings.weight", []int{length + 1, h}, StartNormal},
			Weight{"model.block_position_embeddings.weight", []int{length + 1, h}, StartNormal})
	case "absolute":
		list = append(list, Weight{"model.position_embeddings.weight", []int{length, h}, StartNormal})
	}
	if m.TypeVocabSize > 0 {
		list = append(list, Weight{"model.token_type_embeddings.weight", []int{m.TypeVocabSize, h}, StartNormal})
	}
	if m.NormPlacement == "post" {
		list = append(list, normParameters(m, "model.embed_norm")...)
	}
	return list
}

// blockParameters are those of one block, whose names begin with at.
func blockParameters(m experiments.Model, at string) []Weight {
	h, q, kv := m.HiddenSize, m.NumAttentionHeads*HeadDim(m), m.NumKeyValueHeads*HeadDim(m)
	var list []Weight
	add := func(more []Weight) { list = append(list, more...) }
	norms := blockNorms(m)
	if norms.beforeAttention != "" {
		add(normParameters(m, at+norms.beforeAttention))
	}
	add(linearParameters(at+"self_attn.q_proj", q, h, m.AttentionBias, StartNormal))
	add(linearParameters(at+"self_attn.k_proj", kv, h, m.AttentionBias, StartNormal))
	add(linearParameters(at+"self_attn.v_proj", kv, h, m.AttentionBias, StartNormal))
	add(linearParameters(at+"self_attn.o_proj", h, q, m.LinearBias, StartOutput))
	if norms.behindAttention != "" {
		add(normParameters(m, at+norms.behindAttention))
	}
	if m.MLP == "none" {
		return list
	}
	if norms.beforeMLP != "" {
		add(normParameters(m, at+norms.beforeMLP))
	}
	up := m.IntermediateSize
	if gated(m) {
		up *= 2 // gate and up in one matrix, the gate first
	}
	add(linearParameters(at+"mlp."+upName(m), up, h, m.LinearBias, StartNormal))
	add(linearParameters(at+"mlp.down_proj", h, m.IntermediateSize, m.LinearBias, StartOutput))
	if norms.behindMLP != "" {
		add(normParameters(m, at+norms.behindMLP))
	}
	return list
}

// norms are the names of a block's normalisations; empty where there is none.
type norms struct{ beforeAttention, behindAttention, beforeMLP, behindMLP string }

// blockNorms names the normalisations of a placement. post_attention_layernorm is the one before the MLP, as in every
// checkpoint of the family.
func blockNorms(m experiments.Model) norms {
	switch m.NormPlacement {
	case "sandwich":
		return norms{"input_layernorm", "post_self_attn_layernorm", "post_attention_layernorm", "post_mlp_layernorm"}
	case "post":
		return norms{behindAttention: "post_self_attn_layernorm", behindMLP: "post_mlp_layernorm"}
	}
	return norms{beforeAttention: "input_layernorm", beforeMLP: "post_attention_layernorm"}
}

// headParameters are those of the vocabulary's head, which the family bert precedes by a layer of its own.
func headParameters(m experiments.Model, vocab int) []Weight {
	h := m.HiddenSize
	var list []Weight
	if m.Family == "bert" {
		list = append(linearParameters("lm_head.dense", h, h, true, StartNormal), normParameters(m, "lm_head.norm")...)
	}
	if !m.TieWordEmbeddings {
		list = append(list, Weight{"lm_head.weight", []int{vocab, h}, StartNormal})
	}
	if m.Family == "bert" {
		list = append(list, Weight{"lm_head.bias", []int{vocab}, StartZero})
	}
	return list
}

// linearParameters are a weight [out,in] and, with bias, a bias [out].
func linearParameters(name string, out, in int, bias bool, start Start) []Weight {
	list := []Weight{{name + ".weight", []int{out, in}, start}}
	if bias {
		list = append(list, Weight{name + ".bias", []int{out}, StartZero})
	}
	return list
}

// gated tells whether the MLP multiplies by a gate.
func gated(m experiments.Model) bool { return m.MLP == "swiglu" || m.MLP == "geglu" }

func upName(m experiments.Model) string {
	if gated(m) {
		return "gate_up_proj"
	}
	return "up_proj"
}

func normParameters(m experiments.Model, name string) []Weight {
	list := []Weight{{name + ".weight", []int{m.HiddenSize}, StartOne}}
	if m.Norm == "layernorm" {
		list = append(list, Weight{name + ".bias", []int{m.HiddenSize}, StartZero})
	}
	return list
}

// Count is the number of trainable values, without allocating them.
func Count(m experiments.Model, vocab, length int) int64 {
	var n int64
	for _, p := range Weights(m, vocab, length) {
		n += p.Size()
	}
	return n
}
