package model

import (
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
)

// Ablation takes heads out of a model: the output of one, before the output projection, is replaced by its mean, so that what
// comes behind sees nothing of this input's, and nothing unusual either (Wang et al., "Interpretability in the Wild", 2022,
// arXiv 2211.00593, section 2.1).
type Ablation struct {
	// Kept float32 [L,N] is 1 for the heads that stay, 0 for those that are taken out.
	Kept *Node
	// Counted float32 [B,T] is 1 at the places that the mean is of, 0 at padding.
	Counted *Node
}

// apply replaces a layer's outputs [B,N,T,D]. Where all heads stay they stay as they were, bit for bit.
func (a *Ablation) apply(layer int, y_BNTD *Node) *Node {
	if a == nil {
		return y_BNTD
	}
	d := y_BNTD.Shape().Dimensions
	kept_1N11 := Reshape(SliceAxis(a.Kept, 0, AxisElem(layer)), 1, d[1], 1, 1)
	counted_B1T1 := Reshape(a.Counted, d[0], 1, d[2], 1)
	exact_BNTD := fine(y_BNTD)
	sum_1N1D := ReduceAndKeep(ReduceAndKeep(Mul(exact_BNTD, counted_B1T1), ReduceSum, 0), ReduceSum, 2)
	mean_1N1D := Div(sum_1N1D, ReduceAllSum(a.Counted))
	return as(y_BNTD, Add(Mul(exact_BNTD, kept_1N11), Mul(mean_1N1D, OneMinus(kept_1N11))))
}
