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

// look is what is seen of a batch: the probabilities [L,B,N,T,S], row-major, and for causal models the losses [B,T−1] of
// every token but the first, each predicted from those before it.
type look struct{ attention, losses []float32 }

// lookGraph gives the probabilities of each layer, [B,N,T,S], and behind them the losses, where there are any.
func (n *network) lookGraph(_ *gomlx.Scope, in []*Node) []*Node {
	g, f := in[0].Graph(), n.feed(in)
	out := model.Forward(n.spec.Model, n.lookup(g), f.inputs, model.Capture{Attention: true})
	if !n.foretells(f.inputs.Tokens.Shape().Dimensions[1]) {
		return out.Attention
	}
	logits_BTV := model.Logits(n.spec.Model, n.lookup(g), SliceAxis(out.Hidden, 1, AxisRange(0, -1)))
	return append(out.Attention, objective.Each(logits_BTV, SliceAxis(f.inputs.Tokens, 1, AxisRange(1))))
}

// foretells tells whether tokens of a prompt have losses: the other objectives predict what is masked, and nothing of a
// prompt is.
func (n *network) foretells(length int) bool { return n.spec.Objective.Kind == "causal" && length > 1 }

// look runs the graph.
func (n *network) look(b objective.Batch) (look, error) {
	out, err := n.looks.Exec(hostBatch(b)...)
	if err != nil {
		return look{}, fmt.Errorf("attention: %w", err)
	}
	var l look
	for i, part := range out {
		values, err := tensors.CopyFlatData[float32](part)
		if err != nil {
			return look{}, fmt.Errorf("attention: %w", err)
		}
		if i < n.spec.Model.NumHiddenLayers {
			l.attention = append(l.attention, values...)
		} else {
			l.losses = values
		}
	}
	return l, nil
}

// lossCapture is the losses of a prompt's tokens beside its maps, in the same context and at the same step. The first token
// has none, which is NaN.
func lossCapture(maps tracker.Capture, losses []float32) tracker.Capture {
	return tracker.Capture{
		Kind: tracker.Losses, Name: "losses", Context: maps.Context, Step: maps.Step, Layers: 1, Heads: 1, Queries: 1, Keys: maps.Keys,
		Tokens: maps.Tokens, DType: tracker.F32, Values: append([]float32{float32(math.NaN())}, losses...),
	}
}
