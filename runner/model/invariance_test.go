package model_test

import (
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/reference"
)

// A head (1, 2, …) at position 3 and block position 2 with base 100: which dimensions turn together, and by which angle.
func TestRotaryPairings(t *testing.T) {
	type turn struct {
		a, b  int
		angle float64
	}
	for _, test := range []struct {
		name  string
		model experiments.Model
		turns []turn
	}{
		{"interleaved", experiments.Model{HeadDim: 4, Positions: "rotary", RopePairing: "interleaved", PartialRotaryFactor: 1}, []turn{{0, 1, 3}, {2, 3, 0.3}}},
		{"half", experiments.Model{HeadDim: 4, Positions: "rotary", RopePairing: "half", PartialRotaryFactor: 1}, []turn{{0, 2, 3}, {1, 3, 0.3}}},
		{"a part of the head", experiments.Model{HeadDim: 8, Positions: "rotary", RopePairing: "interleaved", PartialRotaryFactor: 0.5}, []turn{{0, 1, 3}, {2, 3, 0.3}}},
		{"two positions", experiments.Model{HeadDim: 8, Positions: "rotary-2d", RopePairing: "half"}, []turn{{0, 2, 3}, {1, 3, 0.3}, {4, 6, 2}, {5, 7, 0.2}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.model.RopeTheta = 100
			x, want := make([]float32, test.model.HeadDim), make([]float32, test.model.HeadDim)
			for i := range x {
				x[i], want[i] = float32(i+1), float32(i+1)
			}
			for _, p := range test.turns {
				a, b, sin, cos := float64(p.a+1), float64(p.b+1), math.Sin(p.angle), math.Cos(p.angle)
				want[p.a], want[p.b] = float32(a*cos-b*sin), float32(b*cos+a*sin)
			}
			at := rows{tokens: [][]int32{{1}}, positions: [][]int32{{3}}, blocks: [][]int32{{2}}}
			got := evaluate(t, nil, nil, at, func(_ model.Lookup, in model.Inputs) []*Node {
				head_BNTD := Reshape(Const(in.Tokens.Graph(), x), 1, 1, 1, len(x))
				return []*Node{model.Turn(test.model, in, head_BNTD)}
			})[0]
			if d := reference.Distance(got, want); !reference.Near(d, 1e-6) {
				t.Errorf("turned to %v, want %v", got, want)
			}
		})
	}
}

// ChatGLM-6B's block by hand. All matrices are 0, so that its parts give their biases c and d alone: from
// x = (3, 1, −1, −3) come a = LN(x), h = α·a + c, b = LN(h) and the stream α·b + d, with α = √56.
func TestNormedResidualByHand(t *testing.T) {
	const alpha, eps = 7.4833148, 1e-5
	m := experiments.Model{
		Family: "glm", HiddenSize: 4, NumHiddenLayers: 1, NumAttentionHeads: 1, NumKeyValueHeads: 1, HeadDim: 4, AttentionBias: true, LinearBias: true,
		IntermediateSize: 4, Positions: "rotary-2d", RopeTheta: 100, RopePairing: "half", MLP: "gelu", Norm: "layernorm", NormEps: eps,
		NormPlacement: "normed-residual", ResidualScale: alpha,
	}
	x, c, d := []float32{3, 1, -1, -3}, []float32{2, -1, 0, 4}, []float32{0.5, 0, -1, 2}
	values := map[string][]float32{}
	list := model.Weights(m, vocab, length)
	for _, w := range list {
		values[w.Name] = slices.Repeat([]float32{0}, int(w.Size()))
		if w.Start == model.StartOne {
			values[w.Name] = slices.Repeat([]float32{1}, int(w.Size()))
		}
	}
	copy(values["model.embed_tokens.weight"][4:], x)
	copy(values["model.layers.0.self_attn.o_proj.bias"], c)
	copy(values["model.layers.0.mlp.down_proj.bias"], d)
	step := func(x, bias []float32) []float32 {
		var mean, variance float64
		for _, v := range x {
			mean += float64(v) / 4
		}
		for _, v := range x {
			variance += (float64(v) - mean) * (float64(v) - mean) / 4
		}
		y := make([]float32, 4)
		for i, v := range x {
			y[i] = float32(alpha*(float64(v)-mean)/math.Sqrt(variance+eps)) + bias[i]
		}
		return y
	}
	want := step(step(x, c), d)
	got := evaluate(t, list, values, row(1), func(w model.Lookup, in model.Inputs) []*Node {
		out := model.Forward(m, w, in, model.Capture{})
		return []*Node{out.Stream, out.Hidden} // the Go backend fails on graphs that end behind all of their results
	})[0]
	if !reference.Near(reference.Distance(got, want), 1e-5) {
		t.Errorf("the stream is %v, want %v", got, want)
	}
}

// A row by itself gives what it gives beside another, padded on either side.
func TestBatchInvariance(t *testing.T) {
	for name, m := range kinds() {
		t.Run(name, func(t *testing.T) {
			alone := row(3, 1, 4, 5)
			want := forward(t, m, alone)[0]
			right, left := row(3, 1, 4, 5, 0, 0), row(0, 0, 3, 1, 4, 5)
			left.positions[0] = []int32{0, 0, 0, 1, 2, 3}
			for _, r := range []*rows{&right, &left} {
				other := row(9, 8, 7, 6, 5, 4)
				r.tokens, r.positions, r.blocks = append(r.tokens, other.tokens...), append(r.positions, other.positions...), append(r.blocks, other.blocks...)
			}
			right.end, left.first = []int32{4, 6}, []int32{2, 0}
			if d := reference.Distance(forward(t, m, right)[0][:4*vocab], want); !reference.Near(d, 1e-5) {
				t.Errorf("padded on the right, logits differ by %v", d)
			}
			if d := reference.Distance(forward(t, m, left)[0][2*vocab:6*vocab], want); !reference.Near(d, 1e-5) {
				t.Errorf("padded on the left, logits differ by %v", d)
			}
		})
	}
}

// Documents packed into one row give what they give as rows of their own.
func TestPackingInvariance(t *testing.T) {
	for name, m := range kinds() {
		t.Run(name, func(t *testing.T) {
			packed := row(3, 1, 4, 5, 9, 2)
			packed.positions[0], packed.documents = []int32{0, 1, 2, 3, 0, 1}, [][]int32{{0, 0, 0, 0, 1, 1}}
			want := append(forward(t, m, row(3, 1, 4, 5))[0], forward(t, m, row(9, 2))[0]...)
			if d := reference.Distance(forward(t, m, packed)[0], want); !reference.Near(d, 1e-5) {
				t.Errorf("logits differ by %v", d)
			}
		})
	}
}
