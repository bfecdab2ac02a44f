package objective

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
)

// Scores are sums over a batch's weighted targets; divide by Weight for means.
type Scores struct {
	// Loss is Σ weight·(−ln p(target)) in nats; Correct is Σ weight where the target has the largest logit; Weight is Σ weight.
	Loss, Correct, Weight *Node
}

// Score compares logits [B,T,V] with int32 targets [B,T] under float32 weights [B,T].
func Score(logits_BTV, targets_BT, weights_BT *Node) Scores {
	vocab := logits_BTV.Shape().Dimensions[2]
	top_BT1 := StopGradient(ReduceAndKeep(logits_BTV, ReduceMax, -1))
	shifted := Sub(logits_BTV, top_BT1)
	chosen_BT := ReduceSum(Mul(shifted, OneHot(targets_BT, vocab, logits_BTV.DType())), -1)
	nll_BT := Sub(Log(ReduceSum(Exp(shifted), -1)), chosen_BT)
	correct_BT := ConvertDType(Equal(ArgMax(logits_BTV, -1, dtypes.Int32), targets_BT), logits_BTV.DType())
	return Scores{
		Loss:    ReduceAllSum(Mul(nll_BT, weights_BT)),
		Correct: ReduceAllSum(Mul(correct_BT, weights_BT)),
		Weight:  ReduceAllSum(weights_BT),
	}
}
