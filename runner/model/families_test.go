package model

import (
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
)

// families are the models of the fixtures.
func families() []family {
	rotary := experiments.Model{
		HiddenSize: 48, NumHiddenLayers: 3, NumAttentionHeads: 4, NumKeyValueHeads: 2, HeadDim: 16, AttentionBias: true, IntermediateSize: 80,
		Positions: "rotary", RopeTheta: 10000, PartialRotaryFactor: 0.5, RopePairing: "interleaved", MLP: "swiglu", Norm: "rmsnorm",
		NormEps: 1.5625e-07, NormPlacement: "pre", ResidualScale: 1,
	}
	edge := rotary
	edge.HiddenSize, edge.NumHiddenLayers, edge.NumKeyValueHeads, edge.HeadDim, edge.IntermediateSize = 40, 2, 1, 12, 64
	edge.AttentionBias, edge.PartialRotaryFactor, edge.NormEps, edge.TieWordEmbeddings = false, 1, 1e-5, true
	sandwich := rotary
	sandwich.NumAttentionHeads, sandwich.HeadDim, sandwich.IntermediateSize, sandwich.NormEps, sandwich.NormPlacement = 6, 8, 88, 1e-5, "sandwich"
	second := rotary
	second.IntermediateSize, second.NormEps = 68, 1e-5
	first := experiments.Model{
		HiddenSize: 48, NumHiddenLayers: 3, NumAttentionHeads: 3, NumKeyValueHeads: 3, AttentionBias: true, LinearBias: true, IntermediateSize: 192,
		Positions: "rotary-2d", RopeTheta: 10000, RopePairing: "half", MLP: "gelu", Norm: "layernorm", NormEps: 1e-5,
		NormPlacement: "normed-residual", ResidualScale: 2.449489742783178,
	}
	gated := first
	gated.NumHiddenLayers, gated.Positions, gated.PartialRotaryFactor, gated.MLP, gated.ResidualScale, gated.TieWordEmbeddings = 2, "rotary", 1, "geglu", 2, true
	old := experiments.Model{
		HiddenSize: 48, NumHiddenLayers: 3, NumAttentionHeads: 4, NumKeyValueHeads: 4, AttentionBias: true, LinearBias: true, IntermediateSize: 192,
		Positions: "learned", MLP: "gelu", Norm: "layernorm", NormEps: 1e-5, NormPlacement: "pre", ResidualScale: 1, TieWordEmbeddings: true,
	}
	encoder := experiments.Model{
		Family: "bert", HiddenSize: 48, NumHiddenLayers: 2, NumAttentionHeads: 4, NumKeyValueHeads: 4, AttentionBias: true, LinearBias: true,
		IntermediateSize: 96, Positions: "absolute", TypeVocabSize: 2, MLP: "gelu-erf", Norm: "layernorm", NormEps: 1e-12, NormPlacement: "post",
		ResidualScale: 1, TieWordEmbeddings: true,
	}
	return []family{
		{[]string{"glm4"}, rotary, 151, 0, native, 2e-5, 2e-6},
		{[]string{"glm4", "edge"}, edge, 139, 0, native, 2e-5, 2e-6},
		{[]string{"glm4_0414"}, sandwich, 163, 0, native, 2e-5, 2e-6},
		{[]string{"chatglm2"}, second, 168, 0, remote, 2e-5, 2e-6},
		{[]string{"chatglm1"}, first, 140, 0, chatglm1, 3e-5, 5e-6},
		{[]string{"chatglm1", "glm130b_style"}, gated, 140, 0, glm130b, 3e-5, 5e-6},
		{[]string{"glm_base"}, old, 128, 64, original, 3e-5, 3e-6},
		{[]string{"bert_mlm"}, encoder, 120, 40, bertNames, 2e-5, 2e-6},
	}
}

func familyOf(t *testing.T, folder ...string) family {
	t.Helper()
	i := slices.IndexFunc(families(), func(f family) bool { return slices.Equal(f.folder, folder) })
	if i < 0 {
		t.Fatalf("there is no family %v", folder)
	}
	return families()[i]
}

// cases are the names of a fixture's cases; the empty one has no name.
func cases(file tensorFile) []string {
	var names []string
	for name := range file {
		if test, ok := strings.CutSuffix(name, "input_ids"); ok {
			names = append(names, strings.TrimSuffix(test, "."))
		}
	}
	slices.Sort(names)
	return names
}

// TestFixtures compares logits, hidden states, attention and loss of every case with the reference implementations.
func TestFixtures(t *testing.T) {
	for _, f := range families() {
		file := readTensors(t, f.file("expected.safetensors")...)
		values := f.values(t, "model.safetensors")
		for _, name := range cases(file) {
			t.Run(strings.Join(append(f.folder, name), "/"), func(t *testing.T) { f.compare(t, file, values, name) })
		}
	}
}

func (f family) compare(t *testing.T, file tensorFile, values map[string][]float32, name string) {
	r := fixtureRows(t, file, name)
	got := f.run(t, values, r)
	worst, worstAttention := 0.0, 0.0
	check := func(what string, got []float32, between int, bound float64) float64 {
		if !file.has(join(name, what)) {
			return 0
		}
		want := file.floats(t, join(name, what))
		d := rowsDiffer(got, want, r.valid, between, len(want)/len(r.valid)/len(r.valid[0])/between)
		if !near(d, bound) {
			t.Errorf("%s differ by %v", what, d)
		}
		return d
	}
	worst = max(check("logits", got.logits, 1, f.near), check("pre_final_norm", got.last, 1, f.near))
	for i, state := range got.states {
		worst = max(worst, check("hidden_states."+string(rune('0'+i)), state, 1, f.near))
	}
	for i, p := range got.attention {
		worstAttention = max(worstAttention, check("attentions."+string(rune('0'+i)), p, f.model.NumAttentionHeads, f.attention))
	}
	t.Logf("logits and states differ by at most %.1e, attention by %.1e", worst, worstAttention)
	if want, ok := fixtureLoss(t, f, name); ok {
		lossIsNear(t, evaluate(t, f.list(), values, r, func(w Lookup, in Inputs) []*Node { return []*Node{f.loss(w, in, r)} })[0], want)
	}
}

// fixtureLoss is the expected loss of a case, where the fixture tells one.
func fixtureLoss(t *testing.T, f family, name string) (float64, bool) {
	t.Helper()
	if f.folder[len(f.folder)-1] == "glm130b_style" {
		return 0, false
	}
	var expected struct {
		Cases map[string]struct{ Loss float64 }
		MLM   struct{ Loss float64 }
	}
	readJSON(t, &expected, f.file("expected.json")...)
	if name == "mlm" {
		return expected.MLM.Loss, true
	}
	test, ok := expected.Cases[name]
	return test.Loss, ok
}

// TestFixtureGradients compares the gradient of every parameter.
func TestFixtureGradients(t *testing.T) {
	for _, test := range []struct {
		folder       []string
		name, stored string
	}{
		{[]string{"glm4"}, "left_padded", "gradients"},
		{[]string{"glm4", "edge"}, "left_padded", "gradients"},
		{[]string{"glm4_0414"}, "left_padded", "gradients"},
		{[]string{"chatglm1"}, "left_padded", "gradients"},
		{[]string{"glm_base"}, "token_level", "gradients"},
		{[]string{"bert_mlm"}, "mlm", "mlm_gradients"},
	} {
		t.Run(strings.Join(test.folder, "/"), func(t *testing.T) {
			f := familyOf(t, test.folder...)
			r := fixtureRows(t, readTensors(t, f.file("expected.safetensors")...), test.name)
			got := evaluate(t, f.list(), f.values(t, "model.safetensors"), r, func(w Lookup, in Inputs) []*Node {
				var at []*Node
				for _, p := range f.list() {
					at = append(at, w(p.Name))
				}
				return Gradient(f.loss(w, in, r), at...)
			})
			gradientsAreNear(t, f.list(), got, f.values(t, test.stored+".safetensors"))
		})
	}
}
