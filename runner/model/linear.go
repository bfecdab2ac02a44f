package model

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
)

// Parameters may be finer than the stream (float32 masters of a stream in bfloat16): projections take them down to the
// stream's type, while norms, softmax and logits are computed in float32 at least.

// linear is a projection [...,in] -> [...,out] by the weight, and the bias where there is one, under a name.
func (p *pass) linear(name string, x *Node, bias bool) *Node {
	y := product(x, p.w(name+".weight"))
	if bias {
		y = Add(y, along(as(y, p.w(name+".bias")), y))
	}
	return y
}

// product multiplies [...,in] with a weight [out,in].
func product(x, weight *Node) *Node {
	return contract(x, []int{x.Rank() - 1}, nil, as(x, weight), []int{1}, nil)
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
	if p.m.Norm == "layernorm" {
		x = Sub(x, ReduceAndKeep(x, ReduceMean, -1))
	}
	size := Sqrt(AddScalar(ReduceAndKeep(Square(x), ReduceMean, -1), p.m.NormEps))
	x = Mul(Div(x, size), along(p.w(name+".weight"), x))
	if p.m.Norm == "layernorm" {
		x = Add(x, along(p.w(name+".bias"), x))
	}
	return as(stream, x)
}
