package model

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/runner/backend"
)

// Parameters may be finer than the stream (float32 masters of a stream in bfloat16): projections take them down to the
// stream's type, while norms, softmax and logits are computed in float32 at least.

// linear is a projection [...,in] -> [...,out] by the weight, and the bias where there is one, under a name.
func (p *pass) linear(name string, x *Node, bias bool) *Node {
	return p.linearOf(name, x, bias, func(parameter *Node) *Node { return parameter })
}

// linearOf is linear with a part of the weight's and the bias's rows.
func (p *pass) linearOf(name string, x *Node, bias bool, rows func(*Node) *Node) *Node {
	y := product(x, rows(p.w(name+".weight")))
	if bias {
		y = Add(y, along(as(y, rows(p.w(name+".bias"))), y))
	}
	return y
}

// product multiplies [...,in] with a weight [out,in]. It is a product of two matrices: with more axes XLA would copy the
// activations, transposed, for the weight's gradient. A single row keeps its axes: as a matrix it would be taken for a vector, whose
// product XLA does on the CPU without blocks, at an eighth of the speed.
func product(x, weight *Node) *Node {
	d := x.Shape().Clone().Dimensions
	last := len(d) - 1
	weight = as(x, weight)
	if x.Shape().Size() == d[last] {
		return contract(x, []int{last}, nil, weight, []int{1}, nil)
	}
	y := contract(Reshape(x, -1, d[last]), []int{1}, nil, weight, []int{1}, nil)
	d[last] = weight.Shape().Dimensions[0]
	return Reshape(y, d...)
}

// contract is DotGeneral with gradients in the operands' type, where DotGeneral computes those of half precision in float32.
func contract(a *Node, contractA, batchA []int, b *Node, contractB, batchB []int) *Node {
	return Dot(a, b).WithAccumulatorDType(dtypes.InvalidDType).General(contractA, batchA, contractB, batchB)
}

// as converts x to the type of another node.
func as(like, x *Node) *Node { return ConvertDType(x, like.DType()) }

// fine converts half precision to float32.
func fine(x *Node) *Node {
	if x.DType().IsHalfPrecision() {
		return ConvertDType(x, dtypes.Float32)
	}
	return x
}

// along gives a vector the rank of x, on its last axis.
func along(vector, x *Node) *Node { return ExpandLeftToRank(vector, x.Rank()) }

// norm normalises the last axis: RMSNorm, or LayerNorm with bias.
func (p *pass) norm(name string, stream *Node) *Node {
	x := fine(stream)
	share := 1 / float64(x.Shape().Dimensions[x.Rank()-1])
	if p.m.Norm == "layernorm" {
		x = Sub(x, MulScalar(sumLast(x), share))
	}
	size := Sqrt(AddScalar(MulScalar(sumLast(Square(x)), share), p.m.NormEps))
	x = Mul(Mul(x, Inverse(size)), along(p.w(name+".weight"), x))
	if p.m.Norm == "layernorm" {
		x = Add(x, along(p.w(name+".bias"), x))
	}
	return as(stream, x)
}

// sumLast sums the last axis, which stays with size 1. By XLA on the CPU it is a product with ones: that is one pass, where a
// reduction is two. Elsewhere products of float32 may be rounded to less.
func sumLast(x *Node) *Node {
	if !backend.IsXLACPU(x.Graph().Backend()) {
		return ReduceAndKeep(x, ReduceSum, -1)
	}
	d := x.Shape().Clone().Dimensions
	last := len(d) - 1
	ones := Ones(x.Graph(), shapes.Make(x.DType(), d[last], 1))
	y := DotGeneral(Reshape(x, -1, d[last]), []int{1}, nil, ones, []int{0}, nil)
	d[last] = 1
	return Reshape(y, d...)
}
