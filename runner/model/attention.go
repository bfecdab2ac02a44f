package model

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
)

// attend is grouped-query attention. It returns the projection's output [B,T,H] and the probabilities [B,N,T,S].
func (p *pass) attend(layer int, at string, x_BTH *Node) (y_BTH, p_BNTS *Node) {
	d := x_BTH.Shape().Dimensions
	b, t, n, g, headDim := d[0], d[1], p.m.NumAttentionHeads, p.m.NumKeyValueHeads, HeadDim(p.m)
	q_BNTD := p.rotary.turn(p.heads(at+"q_proj", x_BTH, n))
	k_BGSD := p.rotary.turn(p.heads(at+"k_proj", x_BTH, g))
	v_BGSD := p.heads(at+"v_proj", x_BTH, g)
	if p.in.Memory != nil {
		k_BGSD, v_BGSD = p.in.Memory(layer, k_BGSD, v_BGSD)
	}
	s := k_BGSD.Shape().Dimensions[2]

	// A group's query heads are rows of one product, so that keys and values are never repeated.
	q_BGXD := Reshape(MulScalar(q_BNTD, 1/math.Sqrt(float64(headDim))), b, g, n/g*t, headDim)
	scores_BGXS := DotGeneral(q_BGXD, []int{3}, []int{0, 1}, k_BGSD, []int{3}, []int{0, 1})
	scores_BNTS := Reshape(scores_BGXS, b, n, t, s)
	if p.allowed != nil {
		scores_BNTS = Where(BroadcastLike(p.allowed, scores_BNTS), scores_BNTS, FillScalar(x_BTH.Graph(), scores_BNTS.Shape(), -1e9))
	}
	p_BNTS = softmax(scores_BNTS)
	seen_BNTS := p.drop(p_BNTS, p.m.AttentionDropout, blockSite(layer, dropProbabilities))
	y_BGXD := DotGeneral(Reshape(seen_BNTS, b, g, n/g*t, s), []int{3}, []int{0, 1}, v_BGSD, []int{2}, []int{0, 1})
	y_BTND := TransposeAllAxes(Reshape(y_BGXD, b, n, t, headDim), 0, 2, 1, 3)
	return p.linear(at+"o_proj", Reshape(y_BTND, b, t, n*headDim), p.m.LinearBias), p_BNTS
}

// heads projects the stream and splits it: [B,heads,T,D].
func (p *pass) heads(name string, x_BTH *Node, count int) *Node {
	d := x_BTH.Shape().Dimensions
	y := p.linear(name, x_BTH, p.m.AttentionBias)
	return TransposeAllAxes(Reshape(y, d[0], d[1], count, HeadDim(p.m)), 0, 2, 1, 3)
}

// softmax over the last axis.
func softmax(x *Node) *Node {
	e := Exp(Sub(x, StopGradient(ReduceAndKeep(x, ReduceMax, -1))))
	return Div(e, ReduceAndKeep(e, ReduceSum, -1))
}
