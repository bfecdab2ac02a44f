package model

import (
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
)

// linear is a projection [...,in] -> [...,out] by the weight, and the bias where there is one, under a name.
func (p *pass) linear(name string, x *Node, bias bool) *Node {
	y := product(x, p.w(name+".weight"))
	if bias {
		y = Add(y, along(p.w(name+".bias"), y))
	}
	return y
}

// product multiplies [...,in] with a weight [out,in].
func product(x, weight *Node) *Node {
	return DotGeneral(x, []int{x.Rank() - 1}, nil, weight, []int{1}, nil)
}

// along gives a vector the rank of x, on its last axis.
func along(vector, x *Node) *Node { return ExpandLeftToRank(vector, x.Rank()) }

// norm normalises the last axis: RMSNorm, or LayerNorm with bias.
func (p *pass) norm(name string, x *Node) *Node {
	if p.m.Norm == "layernorm" {
		x = Sub(x, ReduceAndKeep(x, ReduceMean, -1))
	}
	size := Sqrt(AddScalar(ReduceAndKeep(Square(x), ReduceMean, -1), p.m.NormEps))
	x = Mul(Div(x, size), along(p.w(name+".weight"), x))
	if p.m.Norm == "layernorm" {
		x = Add(x, along(p.w(name+".bias"), x))
	}
	return x
}
