package model

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
)

// Shape suffixes in this package: B rows, T positions, S key positions, M = B·T, H hidden size, N heads, G key-value
// heads, R = N/G query heads of a group, D head size, F MLP width, V vocabulary, L layers, P slots of a learned prefix.

// Lookup gives the graph's node of a parameter by name.
type Lookup func(name string) *Node

// pass is one forward pass: what every part of it needs.
type pass struct {
	m        experiments.Model
	w        Lookup
	in       Inputs
	rotary   *rotary
	allowed  *Node
	captured bool // the probabilities of all queries are wanted
}

// Forward runs the network up to the final norm, and hands out what capture asks for.
func Forward(m experiments.Model, w Lookup, in Inputs, capture Capture) Output {
	in.Bidirectional = in.Bidirectional || m.Family == "bert"
	p := &pass{m: m, w: w, in: in, allowed: in.Mask(), captured: capture.Attention}
	x_BTH := p.embed()
	if in.Compute != dtypes.InvalidDType {
		x_BTH = ConvertDType(x_BTH, in.Compute)
	}
	p.rotary = newRotary(m, in, x_BTH.DType())
	states, attention := make([]*Node, m.NumHiddenLayers), make([]*Node, m.NumHiddenLayers)
	for layer := range states {
		states[layer] = x_BTH
		if in.Recompute {
			x_BTH = x_BTH.Checkpoint()
		}
		x_BTH, attention[layer] = p.block(layer, x_BTH)
	}
	if in.Recompute {
		x_BTH = x_BTH.StopCheckpoint()
	}
	out := Output{Stream: x_BTH, Hidden: x_BTH}
	if m.NormPlacement != "post" {
		out.Hidden = p.norm("model.norm", x_BTH)
	}
	for _, layer := range capture.layers(m.NumHiddenLayers) {
		if capture.Attention {
			out.Attention = append(out.Attention, capture.attention(attention[layer]))
		}
		if capture.Hidden {
			out.States = append(out.States, capture.state(states[layer]))
		}
	}
	return out
}

// block is attention and an MLP, each with its norms and its residual. It returns the stream [B,T,H] and, where they are
// captured, the attention's probabilities [B,N,T,S].
func (p *pass) block(layer int, x_BTH *Node) (y_BTH, p_BNTS *Node) {
	at := fmt.Sprintf("model.layers.%d.", layer)
	names := blockNorms(p.m)
	x_BTH = p.part(at, names.beforeAttention, names.behindAttention, x_BTH, func(x *Node) *Node {
		var y *Node
		y, p_BNTS = p.attend(layer, at+"self_attn.", x)
		return p.drop(y, p.m.HiddenDropout, blockSite(layer, dropAttention))
	})
	if p.m.MLP != "none" {
		x_BTH = p.part(at, names.beforeMLP, names.behindMLP, x_BTH, func(x *Node) *Node {
			return p.drop(p.mlp(at+"mlp.", x), p.m.HiddenDropout, blockSite(layer, dropMLP))
		})
	}
	return x_BTH, p_BNTS
}

// part adds f of the stream to the stream, with norms as the placement has them: before f, behind f (sandwich), or behind
// the sum (post). The residual is the stream itself, or its norm (normed-residual).
func (p *pass) part(at, before, behind string, x_BTH *Node, f func(*Node) *Node) *Node {
	residual, input := x_BTH, x_BTH
	if before != "" {
		input = p.norm(at+before, x_BTH)
	}
	y_BTH := f(input)
	switch p.m.NormPlacement {
	case "normed-residual":
		residual = input
	case "sandwich":
		y_BTH = p.norm(at+behind, y_BTH)
	}
	if scale := p.m.ResidualScale; scale != 0 && scale != 1 {
		residual = MulScalar(residual, scale)
	}
	sum := Add(residual, y_BTH)
	if p.m.NormPlacement == "post" {
		sum = p.norm(at+behind, sum)
	}
	return sum
}

// Logits applies the vocabulary's head to hidden states [...,H], giving [...,V].
func Logits(m experiments.Model, w Lookup, hidden *Node) *Node {
	p := &pass{m: m, w: w}
	if m.Family == "bert" {
		hidden = p.norm("lm_head.norm", geluExact(p.linear("lm_head.dense", hidden, true)))
	}
	head := "lm_head.weight"
	if m.TieWordEmbeddings {
		head = "model.embed_tokens.weight"
	}
	logits := Dot(hidden, as(hidden, w(head))).WithOutputDType(fine(hidden).DType()).General([]int{hidden.Rank() - 1}, nil, []int{1}, nil)
	if m.Family == "bert" {
		logits = Add(logits, along(w("lm_head.bias"), logits))
	}
	return logits
}
