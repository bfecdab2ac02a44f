package model

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
)

// mlp is the feed-forward part: with a gate (swiglu, geglu), or without (gelu, gelu-erf).
func (p *pass) mlp(at string, x_BTH *Node) *Node {
	name := at + upName(p.m)
	if !gated(p.m) {
		return p.linear(at+"down_proj", p.activate(p.linear(name, x_BTH, p.m.LinearBias)), p.m.LinearBias)
	}
	gate_BTF, up_BTF := p.gateAndUp(name, x_BTH)
	// As one long row, so that no row's end is worked off number by number.
	wide := Mul(p.activate(Reshape(gate_BTF, -1)), Reshape(up_BTF, -1))
	return p.linear(at+"down_proj", Reshape(wide, gate_BTF.Shape().Dimensions...), p.m.LinearBias)
}

// gateAndUp are the products with the two halves of one weight, the gate's first. What is cut in half, and so copied, is the
// smaller: the weight, or the product where rows go on by one token.
func (p *pass) gateAndUp(name string, x_BTH *Node) (gate_BTF, up_BTF *Node) {
	f := p.m.IntermediateSize
	if x_BTH.Shape().Dimensions[1] == 1 {
		both := p.linear(name, x_BTH, p.m.LinearBias)
		return SliceAxis(both, -1, AxisRange(0, f)), SliceAxis(both, -1, AxisRange(f, 2*f))
	}
	half := func(from int) *Node {
		return p.linearOf(name, x_BTH, p.m.LinearBias, func(parameter *Node) *Node { return SliceAxis(parameter, 0, AxisRange(from, from+f)) })
	}
	return half(0), half(f)
}

// activate is the MLP's nonlinearity.
func (p *pass) activate(x *Node) *Node {
	switch p.m.MLP {
	case "swiglu":
		return Mul(x, Sigmoid(x))
	case "gelu":
		return geluTanh(x)
	}
	return geluExact(x)
}

// geluTanh is GELU in the tanh form that GLM uses (Hendrycks & Gimpel 2016).
func geluTanh(x *Node) *Node {
	cubic := Add(x, MulScalar(Mul(x, Square(x)), 0.044715))
	return Mul(MulScalar(x, 0.5), AddScalar(Tanh(MulScalar(cubic, math.Sqrt(2/math.Pi))), 1))
}

// geluExact is x·Φ(x), as BERT has it.
func geluExact(x *Node) *Node {
	return Mul(MulScalar(x, 0.5), AddScalar(Erf(MulScalar(x, math.Sqrt2/2)), 1))
}
