package runner

import (
	"context"
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"
	gomlx "github.com/gomlx/gomlx/ml/model"

	"inkstone/runner/model"
	"inkstone/runner/objective"
	"inkstone/tracker"
)

// lossesGraph is −ln p of every token from those before it, in nats: [B,T-1], without the first.
func (n *network) lossesGraph(_ *gomlx.Scope, in []*Node) []*Node {
	f := n.feed(in)
	hidden := model.Forward(n.spec.Model, n.lookup(in[0].Graph()), f.inputs, model.Capture{}).Hidden
	t := f.inputs.Tokens.Shape().Dimensions[1]
	logits := model.Logits(n.spec.Model, n.lookup(in[0].Graph()), SliceAxis(hidden, 1, AxisRange(0, t-1)))
	return []*Node{objective.TokenLosses(logits, SliceAxis(f.inputs.Tokens, 1, AxisRange(1, t)))}
}

// captureLosses records the loss of each token of a prompt, beside its attention map. The first token follows nothing: its loss is
// NaN. Objectives that do not predict the next token have no such losses.
func (a *attempt) captureLosses(ctx context.Context, batch objective.Batch, tokens []string, name string) error {
	if a.Spec.Objective.Kind != "causal" || batch.Length < 2 {
		return nil
	}
	out, err := a.net.losses.Exec(hostBatch(batch)...)
	if err != nil {
		return fmt.Errorf("the losses of %s: %w", name, err)
	}
	values, err := tensors.CopyFlatData[float32](out[0])
	if err != nil {
		return fmt.Errorf("the losses of %s: %w", name, err)
	}
	return a.Recorder.Capture(ctx, tracker.Capture{
		Kind: tracker.Losses, Name: "losses", Context: name, Step: int64(a.step), Layers: 1, Heads: 1, Queries: 1, Keys: batch.Length,
		Tokens: tokens, DType: tracker.F32, Values: append([]float32{float32(math.NaN())}, values...),
	})
}
