package runner

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"
	gomlx "github.com/gomlx/gomlx/ml/model"

	"inkstone/runner/objective"
	"inkstone/tracker/heads"
)

// ablationGraph is validateGraph without some heads: its first input [L,N] is 0 for those whose output is its mean.
func (n *network) ablationGraph(_ *gomlx.Scope, in []*Node) []*Node {
	f := n.feed(in[1:])
	f.inputs.Kept = in[0]
	s := n.scoreFeed(in[0].Graph(), f, 0)
	return []*Node{s.Loss, s.Weight}
}

// ablated is the mean loss of a batch without a head; a negative head takes none away.
func (n *network) ablated(b objective.Batch, layer, head int) (float64, error) {
	m := n.spec.Model
	kept := make([]float32, m.NumHiddenLayers*m.NumAttentionHeads)
	for i := range kept {
		kept[i] = 1
	}
	if head >= 0 {
		kept[layer*m.NumAttentionHeads+head] = 0
	}
	var loss, weight float64
	for _, rows := range n.microBatches(b) {
		args := append([]any{tensors.FromFlatDataAndDimensions(kept, m.NumHiddenLayers, m.NumAttentionHeads)}, rows...)
		out, err := n.ablation.Exec(args...)
		if err != nil {
			return 0, fmt.Errorf("the loss without layer %d, head %d: %w", layer, head, err)
		}
		loss, weight = loss+scalar(out[0]), weight+scalar(out[1])
	}
	return loss / weight, nil
}

// ablateHeads records for every head how much the loss of the first validation batch grows when the head's output is replaced by
// its mean over positions and the rows of a micro-batch (mean ablation; Wang et al., "Interpretability in the Wild", 2022).
func (a *attempt) ablateHeads() error {
	b, m := a.source.Validation(0), a.Spec.Model
	whole, err := a.net.ablated(b, 0, -1)
	if err != nil {
		return err
	}
	for layer := range m.NumHiddenLayers {
		for head := range m.NumAttentionHeads {
			without, err := a.net.ablated(b, layer, head)
			if err == nil {
				err = a.recordHead(layer, head, map[string]float64{heads.AblationLoss: without - whole})
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
