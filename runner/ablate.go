package runner

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"
	gomlx "github.com/gomlx/gomlx/ml/model"

	"inkstone/runner/model"
	"inkstone/runner/objective"
	"inkstone/tracker/heads"
)

// ablationRows is how many rows of the first validation batch heads are ablated on: a forward pass for each head.
const ablationRows = 8

// ablateHeads records what the loss on the first validation rows gains when a head's output is replaced by its mean, for each
// head in turn.
func (a *attempt) ablateHeads() error {
	if a.step <= a.recorded {
		return nil
	}
	m := a.Spec.Model
	rows := a.source.Validation(0)
	kept := slices.Repeat([]float32{1}, m.NumHiddenLayers*m.NumAttentionHeads)
	whole, err := a.net.lossWith(rows, kept)
	if err != nil {
		return err
	}
	values := make([]float64, len(kept))
	for i := range kept {
		kept[i] = 0
		without, err := a.net.lossWith(rows, kept)
		if err != nil {
			return err
		}
		kept[i], values[i] = 1, without-whole
	}
	return a.recordHeads(heads.AblationLoss, values)
}

// lossWith is the mean loss on the first rows of a batch with some heads kept: [L,N], 1 for those, 0 for the others.
func (n *network) lossWith(b objective.Batch, kept []float32) (float64, error) {
	table := tensors.FromFlatDataAndDimensions(kept, n.spec.Model.NumHiddenLayers, n.spec.Model.NumAttentionHeads)
	out, err := n.ablated.Exec(append(hostRows(b, 0, min(b.Rows, ablationRows)), table)...)
	if err != nil {
		return 0, fmt.Errorf("ablate heads: %w", err)
	}
	return scalar(out[0]), nil
}

// ablatedGraph takes hostRows and the heads that are kept, [L,N]. One graph serves all heads.
func (n *network) ablatedGraph(_ *gomlx.Scope, in []*Node) []*Node {
	g := in[0].Graph()
	f := n.feed(in)
	f.inputs.Ablation = &model.Ablation{Kept: in[batchInputs], Counted: filled(in[inTokens], in[inValid])}
	s := n.scoreFeed(g, f, 0)
	return []*Node{objective.PerTarget(s.Loss, s.Weight)}
}

// filled is float32 [B,T]: 1 where a row of tokens [B,T] is no padding, which begins at valid [B].
func filled(tokens_BT, valid_B *Node) *Node {
	d := tokens_BT.Shape().Dimensions
	column_BT := Iota(tokens_BT.Graph(), shapes.Make(dtypes.Int32, d...), 1)
	return ConvertDType(LessThan(column_BT, BroadcastToDims(InsertAxes(valid_B, -1), d...)), dtypes.Float32)
}
