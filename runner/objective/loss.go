package objective

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
)

// Scores are sums over a batch's weighted targets; divide by Weight for means.
type Scores struct {
	// Loss is Σ weight·(−ln p(target)) in nats; Correct is Σ weight where the target has the largest logit; Weight is Σ weight.
	Loss, Correct, Weight *Node
	// Objective is the sum that training descends: Loss, or Loss with smoothed labels.
	Objective *Node
}

// Score compares logits [B,T,V] with int32 targets [B,T] under float32 weights [B,T].
func Score(logits_BTV, targets_BT, weights_BT *Node) Scores {
	return ScoreSmoothed(logits_BTV, targets_BT, weights_BT, 0)
}

// ScoreSmoothed is Score whose Objective takes the share smoothing of every target's probability and spreads it evenly over
// the vocabulary (Szegedy et al. 2016). Loss stays exact, so that it compares with validation's.
func ScoreSmoothed(logits_BTV, targets_BT, weights_BT *Node, smoothing float64) Scores {
	top_BT1 := StopGradient(ReduceAndKeep(logits_BTV, ReduceMax, -1))
	shifted := Sub(logits_BTV, top_BT1)
	chosen_BT := chosen(shifted, targets_BT)
	norm_BT := Log(ReduceSum(Exp(shifted), -1))
	correct_BT := ConvertDType(Equal(ArgMax(logits_BTV, -1, dtypes.Int32), targets_BT), logits_BTV.DType())
	s := Scores{
		Loss:    ReduceAllSum(Mul(Sub(norm_BT, chosen_BT), weights_BT)),
		Correct: ReduceAllSum(Mul(correct_BT, weights_BT)),
		Weight:  ReduceAllSum(weights_BT),
	}
	s.Objective = s.Loss
	if smoothing > 0 {
		wanted_BT := Add(MulScalar(chosen_BT, 1-smoothing), MulScalar(ReduceMean(shifted, -1), smoothing))
		s.Objective = ReduceAllSum(Mul(Sub(norm_BT, wanted_BT), weights_BT))
	}
	return s
}

// TokenLosses is −ln p(target) in nats at every place: logits [B,T,V], targets int32 [B,T], result [B,T].
func TokenLosses(logits_BTV, targets_BT *Node) *Node {
	shifted := Sub(logits_BTV, StopGradient(ReduceAndKeep(logits_BTV, ReduceMax, -1)))
	return Sub(Log(ReduceSum(Exp(shifted), -1)), chosen(shifted, targets_BT))
}

// chosen are the values of the targets.
func chosen(values_BTV, targets_BT *Node) *Node {
	return ReduceSum(Mul(values_BTV, OneHot(targets_BT, values_BTV.Shape().Dimensions[2], values_BTV.DType())), -1)
}

// PerTarget divides a sum over targets by their weight; without targets it is 0, and so is its gradient.
func PerTarget(sum, weight *Node) *Node {
	return Div(sum, MaxScalar(weight, LeastWeight))
}

// LeastWeight stands in for no weight at all: it is below any weight that a batch with targets has, and far from float32's smallest number.
const LeastWeight = 1e-20
