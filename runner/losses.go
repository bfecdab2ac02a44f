package runner

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"
	gomlx "github.com/gomlx/gomlx/ml/model"

	"inkstone/runner/model"
	"inkstone/runner/objective"
	"inkstone/tracker"
)

// promptLosses are the losses of a causal prompt's tokens, each predicted from those before it. The first one has none,
// which is NaN. Other objectives have none: they predict what is masked, and nothing of a prompt is.
func (n *network) promptLosses(b objective.Batch) ([]float32, error) {
	losses := []float32{float32(math.NaN())}
	if b.Length == 1 {
		return losses, nil
	}
	out, err := n.each.Exec(hostBatch(b)...)
	if err != nil {
		return nil, fmt.Errorf("losses: %w", err)
	}
	values, err := tensors.CopyFlatData[float32](out[0])
	if err != nil {
		return nil, fmt.Errorf("losses: %w", err)
	}
	return append(losses, values...), nil
}

// eachGraph gives the loss of every token but the first, [B,T−1], of rows that are not shifted.
func (n *network) eachGraph(_ *gomlx.Scope, in []*Node) []*Node {
	g, f := in[0].Graph(), n.feed(in)
	hidden_BTH := model.Forward(n.spec.Model, n.lookup(g), f.inputs, model.Capture{}).Hidden
	logits_BTV := model.Logits(n.spec.Model, n.lookup(g), SliceAxis(hidden_BTH, 1, AxisRange(0, -1)))
	return []*Node{objective.Each(logits_BTV, SliceAxis(f.inputs.Tokens, 1, AxisRange(1)))}
}

// lossCapture is the losses beside the maps of a prompt, in the same context and at the same step.
func lossCapture(maps tracker.Capture, losses []float32) tracker.Capture {
	return tracker.Capture{
		Kind: tracker.Losses, Name: "losses", Context: maps.Context, Step: maps.Step, Layers: 1, Heads: 1, Queries: 1, Keys: len(losses),
		Tokens: maps.Tokens, DType: tracker.F32, Values: losses,
	}
}
