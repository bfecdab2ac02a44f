package model_test

import (
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/reference"
)

// Two rows of six tokens, of which the second has two of padding.
var ablationRows = rows{
	tokens:    [][]int32{{1, 5, 2, 7, 3, 9}, {4, 4, 8, 6, 0, 0}},
	positions: [][]int32{{0, 1, 2, 3, 4, 5}, {0, 1, 2, 3, 0, 0}},
	blocks:    [][]int32{{0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0}},
}

// streamOf is the stream [B,T,H] behind the blocks, with the heads [L,N] that are kept, or as usual without them.
func streamOf(t *testing.T, m experiments.Model, values map[string][]float32, kept [][]float32) []float32 {
	t.Helper()
	return evaluate(t, model.Weights(m, vocab, length), values, ablationRows, func(w model.Lookup, in model.Inputs) []*Node {
		if kept != nil {
			g := in.Tokens.Graph()
			in.Ablation = &model.Ablation{Kept: Const(g, kept), Counted: Const(g, [][]float32{{1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 0, 0}})}
		}
		return []*Node{Identity(model.Forward(m, w, in, model.Capture{}).Stream)}
	})[0]
}

// silenced are the values with the output projection's columns of the second of two heads at 0: it has no say in the stream.
func silenced(m experiments.Model) map[string][]float32 {
	values := initial(m)
	o := slices.Clone(values["model.layers.0.self_attn.o_proj.weight"])
	for i := range o {
		if i%m.HiddenSize >= m.HiddenSize/2 {
			o[i] = 0
		}
	}
	values["model.layers.0.self_attn.o_proj.weight"] = o
	return values
}

// In one layer of attention alone the stream is a sum over heads: ablating one leaves the mean of its part.
func TestAblationIsTheMeanOfAHeadsPart(t *testing.T) {
	m := with(func(m *experiments.Model) { m.NumHiddenLayers, m.MLP = 1, "none" })
	whole, without := streamOf(t, m, initial(m), nil), streamOf(t, m, silenced(m), nil)
	mean, counted := make([]float64, m.HiddenSize), 0.0
	for place := range 12 {
		if place >= 10 {
			continue // padding
		}
		counted++
		for i := range mean {
			mean[i] += float64(whole[place*m.HiddenSize+i] - without[place*m.HiddenSize+i])
		}
	}
	want := slices.Clone(without)
	for i := range want {
		want[i] += float32(mean[i%m.HiddenSize] / counted)
	}
	if d := reference.Distance(streamOf(t, m, initial(m), [][]float32{{1, 0}}), want); !reference.Near(d, 1e-5) {
		t.Errorf("differs by %v", d)
	}
	if d := reference.Distance(want, whole); d < 1e-3 {
		t.Errorf("the head has no part in the stream: %v", d)
	}
}

func TestAblationChangesNothing(t *testing.T) {
	m := with(func(m *experiments.Model) { m.NumHiddenLayers, m.MLP = 1, "none" })
	for name, test := range map[string]struct {
		values map[string][]float32
		kept   [][]float32
	}{
		"of no head": {initial(m), [][]float32{{1, 1}}}, "of a head without a say": {silenced(m), [][]float32{{1, 0}}},
	} {
		if got, want := streamOf(t, m, test.values, test.kept), streamOf(t, m, test.values, nil); !slices.Equal(got, want) {
			t.Errorf("ablation %s changes the stream by %v", name, reference.Distance(got, want))
		}
	}
}
