package model

import (
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
)

// prefixName is the table of a learned prefix: a row per slot with every layer's keys and values, [P, 2·L·G·D].
const prefixName = "prefix_encoder.embedding.weight"

// PrefixWeights are the parameters of a learned prefix of some slots (P-tuning v2, arXiv 2110.07602).
func PrefixWeights(m experiments.Model, slots int) []Weight {
	return []Weight{{prefixName, []int{slots, 2 * m.NumHiddenLayers * m.NumKeyValueHeads * HeadDim(m)}, StartNormal}}
}

// WithPrefix puts a learned prefix before a batch, as ChatGLM's code does: its keys are not turned by positions, every row
// sees all of its slots, and the tokens' own positions stay as they are.
func WithPrefix(m experiments.Model, w Lookup, in Inputs) Inputs {
	in.Bidirectional = in.Bidirectional || m.Family == "bert"
	table := w(prefixName)
	g, b, t := table.Graph(), in.Tokens.Shape().Dimensions[0], in.Tokens.Shape().Dimensions[1]
	slots := table.Shape().Dimensions[0]
	// [P, 2L, G, D] -> [2L, G, P, D]
	all_LGPD := TransposeAllAxes(Reshape(table, slots, 2*m.NumHiddenLayers, m.NumKeyValueHeads, HeadDim(m)), 1, 2, 0, 3)
	before := func(i int, x_BGTD *Node) *Node {
		own_1GPD := SliceAxis(all_LGPD, 0, AxisElem(i))
		return Concatenate([]*Node{BroadcastToDims(own_1GPD, b, m.NumKeyValueHeads, slots, HeadDim(m)), x_BGTD}, 2)
	}
	if allowed := in.Mask(); allowed != nil {
		seen := BroadcastToDims(Const(g, true), allowed.Shape().Dimensions[0], 1, t, slots)
		in.Allowed = Concatenate([]*Node{seen, allowed}, 3)
	}
	in.Memory = func(layer int, keys, values *Node) (k, v *Node) {
		return before(2*layer, keys), before(2*layer+1, values)
	}
	return in
}
