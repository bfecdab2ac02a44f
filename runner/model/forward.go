package model

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
)

// Shape suffixes in this package: B rows, T positions, S key positions, M = B·T, H hidden size, N heads, G key-value
// heads, R = N/G query heads of a group, D head size, F MLP width, V vocabulary, L layers.

// Lookup gives the graph's node of a parameter by name.
type Lookup func(name string) *Node

// Inputs are one batch in the graph.
type Inputs struct {
	// Tokens, Positions and Blocks are int32 [B,T].
	Tokens, Positions, Blocks *Node
	// Prefix int32 [B] is how many leading columns every row may see; nil for causal batches.
	Prefix *Node
}

// Output is what a forward pass gives.
type Output struct {
	// Hidden [B,T,H] is the stream after the final norm.
	Hidden *Node
	// Attention holds each layer's probabilities [B,N,T,S], where they were asked for.
	Attention []*Node
}

// Forward runs the decoder up to the final norm. With attention it also returns the probabilities of every layer.
func Forward(m experiments.Model, w Lookup, in Inputs, attention bool) Output {
	x_BTH := embed(m, w, in)
	rotary := newRotary(m, in, x_BTH.DType())
	allowed := mask(in)
	var out Output
	for layer := range m.NumHiddenLayers {
		at := fmt.Sprintf("model.layers.%d.", layer)
		y_BTH, p_BNTS := attend(m, w, at+"self_attn.", norm(m, w, at+"input_layernorm", x_BTH), rotary, allowed)
		x_BTH = Add(x_BTH, y_BTH)
		if attention {
			out.Attention = append(out.Attention, p_BNTS)
		}
		if m.MLP != "none" {
			x_BTH = Add(x_BTH, mlp(m, w, at+"mlp.", norm(m, w, at+"post_attention_layernorm", x_BTH)))
		}
	}
	out.Hidden = norm(m, w, "model.norm", x_BTH)
	return out
}

// Logits applies the vocabulary head to hidden states [...,H], giving [...,V].
func Logits(m experiments.Model, w Lookup, hidden *Node) *Node {
	head := "lm_head.weight"
	if m.TieWordEmbeddings {
		head = "model.embed_tokens.weight"
	}
	return linear(hidden, w(head))
}

// embedOneHot is the largest vocabulary that is looked up by a product with one-hot rows: its gradient is a product too,
// where that of a lookup is a scatter, which XLA runs row after row on the CPU.
const embedOneHot = 512

func embed(m experiments.Model, w Lookup, in Inputs) *Node {
	x_BTH := lookup(w("model.embed_tokens.weight"), in.Tokens)
	if m.Positions == "learned" {
		x_BTH = Add(x_BTH, lookup(w("model.position_embeddings.weight"), in.Positions))
		x_BTH = Add(x_BTH, lookup(w("model.block_position_embeddings.weight"), in.Blocks))
	}
	return x_BTH
}

// lookup picks rows of table [V,H] by ids [B,T].
func lookup(table_VH, ids_BT *Node) *Node {
	vocab := table_VH.Shape().Dimensions[0]
	if vocab <= embedOneHot {
		return MatMul(OneHot(ids_BT, vocab, table_VH.DType()), table_VH)
	}
	return Gather(table_VH, InsertAxes(ids_BT, -1))
}

// norm normalises the last axis: RMSNorm, or LayerNorm with bias.
func norm(m experiments.Model, w Lookup, name string, x *Node) *Node {
	if m.Norm == "layernorm" {
		x = Sub(x, ReduceAndKeep(x, ReduceMean, -1))
	}
	size := Sqrt(AddScalar(ReduceAndKeep(Square(x), ReduceMean, -1), m.NormEps))
	x = Mul(Div(x, size), along(w(name+".weight"), x))
	if m.Norm == "layernorm" {
		x = Add(x, along(w(name+".bias"), x))
	}
	return x
}

// along gives a vector the rank of x, on its last axis.
func along(vector, x *Node) *Node { return ExpandLeftToRank(vector, x.Rank()) }

// linear multiplies [...,in] with a weight [out,in].
func linear(x, weight *Node) *Node {
	return DotGeneral(x, []int{x.Rank() - 1}, nil, weight, []int{1}, nil)
}

// attend is grouped-query attention over the normed stream. It returns the projection's output [B,T,H] and the
// probabilities [B,N,T,S].
func attend(m experiments.Model, w Lookup, at string, x_BTH *Node, rotary *rotary, allowed *Node) (y_BTH, p_BNTS *Node) {
	d := x_BTH.Shape().Dimensions
	b, t, n, g, headDim := d[0], d[1], m.NumAttentionHeads, m.NumKeyValueHeads, HeadDim(m)
	q_BNTD := rotary.turn(heads(m, w, at+"q_proj", x_BTH, n))
	k_BGSD := rotary.turn(heads(m, w, at+"k_proj", x_BTH, g))
	v_BGSD := heads(m, w, at+"v_proj", x_BTH, g)

	// A group's query heads are rows of one product, so that keys and values are never repeated.
	q_BGXD := Reshape(MulScalar(q_BNTD, 1/math.Sqrt(float64(headDim))), b, g, n/g*t, headDim)
	scores_BGXS := DotGeneral(q_BGXD, []int{3}, []int{0, 1}, k_BGSD, []int{3}, []int{0, 1})
	scores_BNTS := Reshape(scores_BGXS, b, n, t, t)
	p_BNTS = softmax(Where(BroadcastLike(allowed, scores_BNTS), scores_BNTS, FillScalar(x_BTH.Graph(), scores_BNTS.Shape(), -1e9)))
	y_BGXD := DotGeneral(Reshape(p_BNTS, b, g, n/g*t, t), []int{3}, []int{0, 1}, v_BGSD, []int{2}, []int{0, 1})
	y_BTND := TransposeAllAxes(Reshape(y_BGXD, b, n, t, headDim), 0, 2, 1, 3)
	return linear(Reshape(y_BTND, b, t, n*headDim), w(at+"o_proj.weight")), p_BNTS
}

// heads projects the stream and splits it: [B,heads,T,D].
func heads(m experiments.Model, w Lookup, name string, x_BTH *Node, count int) *Node {
	y := linear(x_BTH, w(name+".weight"))
	if m.AttentionBias {
		y = Add(y, along(w(name+".bias"), y))
	}
	d := x_BTH.Shape().Dimensions
	return TransposeAllAxes(Reshape(y, d[0], d[1], count, HeadDim(m)), 0, 2, 1, 3)
}

// softmax over the last axis.
func softmax(x *Node) *Node {
	e := Exp(Sub(x, StopGradient(ReduceAndKeep(x, ReduceMax, -1))))
	return Div(e, ReduceAndKeep(e, ReduceSum, -1))
}

// mask says which columns a row may see: [1,1,T,S], or [B,1,T,S] where rows have prefixes.
func mask(in Inputs) *Node {
	g, t := in.Tokens.Graph(), in.Tokens.Shape().Dimensions[1]
	causal_TS := LowerTriangular(g, t)
	if in.Prefix == nil {
		return InsertAxes(causal_TS, 0, 0)
	}
	b := in.Prefix.Shape().Dimensions[0]
	column_1S := Iota(g, int32Shape(1, t), 1)
	prefix_BS := LessThan(BroadcastToDims(column_1S, b, t), BroadcastToDims(InsertAxes(in.Prefix, -1), b, t))
	return LogicalOr(BroadcastToDims(InsertAxes(causal_TS, 0, 0), b, 1, t, t), BroadcastToDims(InsertAxes(prefix_BS, 1, 1), b, 1, t, t))
}

// mlp is the feed-forward part: SwiGLU with gate and up in one product, or GELU in its tanh form.
func mlp(m experiments.Model, w Lookup, at string, x_BTH *Node) *Node {
	up := linear(x_BTH, w(at+upName(m)+".weight"))
	if m.MLP == "swiglu" {
		f := m.IntermediateSize
		gate_BTF := SliceAxis(up, -1, AxisRange(0, f))
		up = Mul(Mul(gate_BTF, Sigmoid(gate_BTF)), SliceAxis(up, -1, AxisRange(f, 2*f)))
	} else {
		up = gelu(up)
	}
	return linear(up, w(at+"down_proj.weight"))
}

// gelu in the tanh form that GLM uses (Hendrycks & Gimpel 2016).
func gelu(x *Node) *Node {
	cubic := Add(x, MulScalar(Mul(x, Square(x)), 0.044715))
	return Mul(MulScalar(x, 0.5), AddScalar(Tanh(MulScalar(cubic, math.Sqrt(2/math.Pi))), 1))
}
