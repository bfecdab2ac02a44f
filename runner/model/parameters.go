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
func HeadDim(m experiments.Model) int { return m.HiddenSize / m.NumAttentionHeads }

// Weights lists the parameters of a model in order, for a vocabulary of vocab tokens and rows of at most length
// positions (which matters for learned positions alone).
func Weights(m experiments.Model, vocab, length int) []Weight {
	h := m.HiddenSize
	list := []Weight{{"model.embed_tokens.weight", []int{vocab, h}, StartNormal}}
	if m.Positions == "learned" {
		list = append(list, Weight{"model.position_embeddings.weight", []int{length + 1, h}, StartNormal},
			Weight{"model.block_position_embeddings.weight", []int{length + 1, h}, StartNormal})
	}
	for layer := range m.NumHiddenLayers {
		list = append(list, blockParameters(m, layer)...)
	}
	list = append(list, normParameters(m, "model.norm")...)
	if !m.TieWordEmbeddings {
		list = append(list, Weight{"lm_head.weight", []int{vocab, h}, StartNormal})
	}
	return list
}

func blockParameters(m experiments.Model, layer int) []Weight {
	h, kv := m.HiddenSize, m.NumKeyValueHeads*HeadDim(m)
	at := fmt.Sprintf("model.layers.%d.", layer)
	list := normParameters(m, at+"input_layernorm")
	for _, p := range []struct {
		name string
		out  int
	}{{"q_proj", h}, {"k_proj", kv}, {"v_proj", kv}} {
		list = append(list, Weight{at + "self_attn." + p.name + ".weight", []int{p.out, h}, StartNormal})
		if m.AttentionBias {
			list = append(list, Weight{at + "self_attn." + p.name + ".bias", []int{p.out}, StartZero})
		}
	}
	list = append(list, Weight{at + "self_attn.o_proj.weight", []int{h, h}, StartOutput})
	if m.MLP == "none" {
		return list
	}
	list = append(list, normParameters(m, at+"post_attention_layernorm")...)
	up := m.IntermediateSize
	if m.MLP == "swiglu" {
		up *= 2 // gate and up in one matrix, the gate first
	}
	return append(list, Weight{at + "mlp." + upName(m) + ".weight", []int{up, h}, StartNormal},
		Weight{at + "mlp.down_proj.weight", []int{h, m.IntermediateSize}, StartOutput})
}

func upName(m experiments.Model) string {
	if m.MLP == "swiglu" {
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
