package model

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
)

// mlp is the feed-forward part: with gate and up in one product (swiglu, geglu), or without a gate (gelu, gelu-erf).
func (p *pass) mlp(at string, x_BTH *Node) *Node {
	up := p.linear(at+upName(p.m), x_BTH, p.m.LinearBias)
	f := p.m.IntermediateSize
	if gated(p.m) {
		up = Mul(p.activate(SliceAxis(up, -1, AxisRange(0, f))), SliceAxis(up, -1, AxisRange(f, 2*f)))
	} else {
		up = p.activate(up)
	}
	return p.linear(at+"down_proj", up, p.m.LinearBias)
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
