package model

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
)

// attend is grouped-query attention. It returns the projection's output [B,T,H] and the probabilities [B,N,T,S]; the second
// are nil where halves of the queries attend apart, which is so unless they are captured.
func (p *pass) attend(layer int, at string, x_BTH *Node) (y_BTH, p_BNTS *Node) {
	d := x_BTH.Shape().Dimensions
	b, t := d[0], d[1]
	q_BNTD := p.rotary.turn(p.heads(at+"q_proj", x_BTH, p.m.NumAttentionHeads))
	k_BGSD := p.rotary.turn(p.heads(at+"k_proj", x_BTH, p.m.NumKeyValueHeads))
	v_BGSD := p.heads(at+"v_proj", x_BTH, p.m.NumKeyValueHeads)
	if p.in.Memory != nil {
		k_BGSD, v_BGSD = p.in.Memory(layer, k_BGSD, v_BGSD)
	}
	q_BNTD = MulScalar(q_BNTD, 1/math.Sqrt(float64(HeadDim(p.m))))
	var y_BNTD *Node
	if half := t / 2; p.halves(t) {
		columns := func(x *Node) *Node { return SliceAxis(x, 2, AxisRange(0, half)) }
		early, _ := p.mix(layer, columns(q_BNTD), columns(k_BGSD), columns(v_BGSD), SliceAxis(columns(p.allowed), 3, AxisRange(0, half)))
		late, _ := p.mix(layer, SliceAxis(q_BNTD, 2, AxisRange(half, t)), k_BGSD, v_BGSD, SliceAxis(p.allowed, 2, AxisRange(half, t)))
		y_BNTD = Concatenate([]*Node{early, late}, 2)
	} else {
		y_BNTD, p_BNTS = p.mix(layer, q_BNTD, k_BGSD, v_BGSD, p.allowed)
	}
	y_BNTD = p.ablate(layer, y_BNTD)
	y_BTND := TransposeAllAxes(y_BNTD, 0, 2, 1, 3)
	return p.linear(at+"o_proj", Reshape(y_BTND, b, t, -1), p.m.LinearBias), p_BNTS
}

// ablate puts the mean over rows and positions in place of what heads say that are not kept.
func (p *pass) ablate(layer int, y_BNTD *Node) *Node {
	if p.in.Kept == nil {
		return y_BNTD
	}
	n := y_BNTD.Shape().Dimensions[1]
	kept_1N11 := as(y_BNTD, Reshape(SliceAxis(p.in.Kept, 0, AxisElem(layer)), 1, n, 1, 1))
	mean_1N1D := ReduceAndKeep(ReduceAndKeep(y_BNTD, ReduceMean, 2), ReduceMean, 0)
	return Add(Mul(y_BNTD, BroadcastLike(kept_1N11, y_BNTD)), BroadcastLike(Mul(mean_1N1D, OneMinus(kept_1N11)), y_BNTD))
}

// halves tells whether the first half of the queries attends apart from the second: where no row sees what is behind it, the
// first half needs only the first half of the columns, which saves a quarter of the work. Short rows gain nothing by it.
func (p *pass) halves(t int) bool {
	causal := p.in.Prefix == nil && !p.in.Bidirectional && p.in.Allowed == nil && p.in.Memory == nil
	dropped := p.in.Random != nil && p.m.AttentionDropout > 0
	return causal && !dropped && !p.captured && t >= 64 && t%2 == 0
}

// mix weighs the values by the queries' attention to the keys. The values are summed under weights that are divided by their
// sum behind the product, where there are fewer numbers to divide. The probabilities, for captures, are those that dropout has not
// touched.
func (p *pass) mix(layer int, q_BNTD, k_BGSD, v_BGSD, allowed *Node) (y_BNTD, p_BNTS *Node) {
	d := q_BNTD.Shape().Dimensions
	b, n, t, headDim := d[0], d[1], d[2], d[3]
	g, s := k_BGSD.Shape().Dimensions[1], k_BGSD.Shape().Dimensions[2]

	// A group's query heads are rows of one product, so that keys and values are never repeated.
	q_BGXD := Reshape(q_BNTD, b, g, n/g*t, headDim)
	scores_BNTS := fine(Reshape(contract(q_BGXD, []int{3}, []int{0, 1}, k_BGSD, []int{3}, []int{0, 1}), b, n, t, s))
	if allowed != nil {
		scores_BNTS = Where(BroadcastLike(allowed, scores_BNTS), scores_BNTS, FillScalar(q_BNTD.Graph(), scores_BNTS.Shape(), -1e9))
	}
	e_BNTS := Exp(Sub(scores_BNTS, StopGradient(ReduceAndKeep(scores_BNTS, ReduceMax, -1))))
	sum_BNT1 := sumLast(e_BNTS)
	seen_BNTS := p.drop(e_BNTS, p.m.AttentionDropout, blockSite(layer, dropProbabilities))
	y_BGXD := contract(Reshape(as(v_BGSD, seen_BNTS), b, g, n/g*t, s), []int{3}, []int{0, 1}, v_BGSD, []int{2}, []int{0, 1})
	return Div(Reshape(y_BGXD, b, n, t, headDim), as(v_BGSD, sum_BNT1)), Div(e_BNTS, sum_BNT1)
}

// heads projects the stream and splits it: [B,heads,T,D].
func (p *pass) heads(name string, x_BTH *Node, count int) *Node {
	d := x_BTH.Shape().Dimensions
	y := p.linear(name, x_BTH, p.m.AttentionBias)
	return TransposeAllAxes(Reshape(y, d[0], d[1], count, HeadDim(p.m)), 0, 2, 1, 3)
}
