package model_test

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/reference"
)

// Computing activations again gives the same loss and gradients, dropout included, by a longer graph.
func TestRecompute(t *testing.T) {
	m := with(func(m *experiments.Model) { m.HiddenDropout, m.AttentionDropout = 0.1, 0.1 })
	list, values, r := model.Weights(m, vocab, length), initial(m), row(1, 2, 3, 4, 5, 6)
	keys, _ := model.DropoutKeys(m, 1, 1, 0)
	products := map[bool]int{}
	gradients := func(recompute bool) [][]float32 {
		return evaluate(t, list, values, r, func(w model.Lookup, in model.Inputs) []*Node {
			g := in.Tokens.Graph()
			in.Recompute, in.Random = recompute, keyNode(g, keys)
			loss := ReduceAllMean(Sin(model.Logits(m, w, model.Forward(m, w, in, model.Capture{}).Hidden)))
			var at []*Node
			for _, p := range list {
				at = append(at, w(p.Name))
			}
			out := append([]*Node{loss}, Gradient(loss, at...)...)
			for _, node := range g.Nodes() {
				if node.Type() == NodeTypeDotGeneral {
					products[recompute]++
				}
			}
			return out
		})
	}
	want, got := gradients(false), gradients(true)
	for i := range want {
		if d := reference.Distance(want[i], got[i]); !reference.Near(d, 1e-6) {
			t.Errorf("output %d differs by %v", i, d)
		}
	}
	if products[true] <= products[false] {
		t.Errorf("%d products with and %d without recomputing", products[true], products[false])
	}
}
