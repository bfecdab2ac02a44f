package optim

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
)

// Scalars are what an update needs of the step, as float32 scalars in the graph.
type Scalars struct {
	// Rate is the learning rate; Correct1 and Correct2 are 1/(1−β₁ⁿ) and 1/(1−β₂ⁿ) at update n.
	Rate, Correct1, Correct2 *Node
}

// Corrections are the bias corrections of an update, counted from 1.
func Corrections(t experiments.Train, update int) (correct1, correct2 float64) {
	n := float64(update)
	return 1 / (1 - math.Pow(t.AdamBeta1, n)), 1 / (1 - math.Pow(t.AdamBeta2, n))
}

// ClipNorm scales gradients so that their global norm is at most limit (0: no limit), and returns the norm before.
func ClipNorm(gradients []*Node, limit float64) (clipped []*Node, norm *Node) {
	var sum *Node
	for _, g := range gradients {
		square := ReduceAllSum(Square(g))
		if sum == nil {
			sum = square
		} else {
			sum = Add(sum, square)
		}
	}
	norm = Sqrt(sum)
	if limit <= 0 {
		return gradients, norm
	}
	scale := MinScalar(Div(Scalar(norm.Graph(), norm.DType(), limit), AddScalar(norm, 1e-6)), 1.0)
	clipped = make([]*Node, len(gradients))
	for i, g := range gradients {
		clipped[i] = Mul(g, scale)
	}
	return clipped, norm
}

// AdamW is one update of a parameter and its two moments (Loshchilov & Hutter 2019): the decay is applied to the
// parameter before the step, scaled by the learning rate, where decays is set.
func AdamW(t experiments.Train, s Scalars, decays bool, value, moment1, moment2, gradient *Node) (newValue, new1, new2 *Node) {
	new1 = Add(MulScalar(moment1, t.AdamBeta1), MulScalar(gradient, 1-t.AdamBeta1))
	new2 = Add(MulScalar(moment2, t.AdamBeta2), MulScalar(Square(gradient), 1-t.AdamBeta2))
	step := Div(Mul(new1, s.Correct1), AddScalar(Sqrt(Mul(new2, s.Correct2)), t.AdamEpsilon))
	if decays && t.WeightDecay > 0 {
		value = Mul(value, OneMinus(MulScalar(s.Rate, t.WeightDecay)))
	}
	return Sub(value, Mul(step, s.Rate)), new1, new2
}
