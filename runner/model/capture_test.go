package model_test

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/runner/model"
	"inkstone/runner/reference"
)

// TestCapture checks that a choice of layers, heads, rows and queries gives those parts of the whole, in its order.
func TestCapture(t *testing.T) {
	f := familyOf(t, "glm4")
	r := fixtureRows(t, f.read(t, "expected.safetensors"), "unpadded")
	capture := func(c model.Capture) (attention, states [][]float32) {
		var split int
		out := evaluate(t, f.list, f.values, r, func(w model.Lookup, in model.Inputs) []*Node {
			o := model.Forward(f.model, w, in, c)
			split = len(o.Attention)
			return append(o.Attention, o.States...)
		})
		return out[:split], out[split:]
	}
	attention, states := capture(model.Capture{Attention: true, Hidden: true})
	some, streams := capture(model.Capture{Attention: true, Hidden: true, Layers: []int{2, 0}, Heads: []int{3, 1}, Rows: []int{1}, Queries: []int{4, 12}})
	if len(some) != 2 || len(streams) != 2 {
		t.Fatalf("%d maps and %d states of two layers", len(some), len(streams))
	}
	const heads, columns, width = 4, 13, 48
	for i, layer := range []int{2, 0} {
		var want []float32
		for _, head := range []int{3, 1} {
			for _, query := range []int{4, 12} {
				at := ((1*heads+head)*columns + query) * columns
				want = append(want, attention[layer][at:at+columns]...)
			}
		}
		if d := reference.Distance(some[i], want); !reference.Near(d, 1e-7) {
			t.Errorf("attention of layer %d differs by %v", layer, d)
		}
		if d := reference.Distance(streams[i], states[layer][columns*width:]); !reference.Near(d, 1e-7) {
			t.Errorf("the stream into layer %d differs by %v", layer, d)
		}
	}
	if a, s := capture(model.Capture{Hidden: true, Layers: []int{1}}); len(a) != 0 || len(s) != 1 {
		t.Errorf("hidden states alone: %d maps, %d states", len(a), len(s))
	}
}
