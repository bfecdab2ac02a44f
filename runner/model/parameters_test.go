package model_test

import (
	"math"
	"testing"

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/reference"
)

func TestCountIsWhatIsAllocated(t *testing.T) {
	for name, m := range kinds() {
		var allocated int64
		seen := map[string]bool{}
		for _, w := range model.Weights(m, vocab, length) {
			allocated += int64(len(model.Initial(m, w, 1)))
			if seen[w.Name] {
				t.Errorf("%s: %s is listed twice", name, w.Name)
			}
			seen[w.Name] = true
		}
		if got := model.Count(m, vocab, length); got != allocated {
			t.Errorf("%s: Count = %d, allocated %d", name, got, allocated)
		}
	}
}

func TestCountByHand(t *testing.T) {
	attentionOnly := experiments.Model{HiddenSize: 64, NumHiddenLayers: 2, NumAttentionHeads: 4, NumKeyValueHeads: 4, AttentionBias: true, MLP: "none", Norm: "rmsnorm"}
	// Embedding and head, two layers of four 64 × 64 matrices, three biases and a norm, the final norm.
	if got, want := model.Count(attentionOnly, 32, 64), int64(2*32*64+2*(4*64*64+3*64+64)+64); got != want {
		t.Errorf("Count = %d, want %d", got, want)
	}
}

func TestSharedParametersStartEqual(t *testing.T) {
	one, two := initial(with(func(m *experiments.Model) { m.NumHiddenLayers = 1 })), initial(small())
	for name, values := range one {
		scale := 1.0
		if name == "model.layers.0.self_attn.o_proj.weight" || name == "model.layers.0.mlp.down_proj.weight" {
			scale = math.Sqrt2 // output projections shrink with the depth
		}
		for i := range values {
			if math.Abs(float64(values[i])-scale*float64(two[name][i])) > 1e-6 {
				t.Fatalf("%s[%d] = %v with one layer, %v with two", name, i, values[i], two[name][i])
			}
		}
	}
}

func TestInitialValues(t *testing.T) {
	m := small()
	w := model.Weight{"some.weight", []int{200, 200}, model.StartNormal}
	values := model.Initial(m, w, 1)
	var sum, square float64
	for _, v := range values {
		sum += float64(v)
		square += float64(v) * float64(v)
	}
	n := float64(len(values))
	if mean := sum / n; math.Abs(mean) > 4*m.InitializerRange/math.Sqrt(n) {
		t.Errorf("mean = %v, want 0", mean)
	}
	if sd := math.Sqrt(square / n); math.Abs(sd/m.InitializerRange-1) > 0.02 {
		t.Errorf("standard deviation = %v, want %v", sd, m.InitializerRange)
	}
	if reference.Distance(values, model.Initial(m, w, 2)) == 0 || reference.Distance(values, model.Initial(m, model.Weight{"other.weight", w.Shape, model.StartNormal}, 1)) == 0 {
		t.Error("another seed or name gives the same values")
	}
}
