package model_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/runner/model"
	"inkstone/runner/reference"
)

// cases are the names of a fixture's cases; the empty one has no name.
func cases(file reference.Tensors) []string {
	var names []string
	for name := range file {
		if test, ok := strings.CutSuffix(name, "input_ids"); ok {
			names = append(names, strings.TrimSuffix(test, "."))
		}
	}
	slices.Sort(names)
	return names
}

// TestFixtures opens every model as a user would and compares logits, hidden states, attention and loss of every case with the
// reference implementations: what is read wrongly, a layout, a rotation or a residual, shows here.
func TestFixtures(t *testing.T) {
	for _, f := range families {
		f = familyOf(t, f.folder...)
		file := f.read(t, "expected.safetensors")
		for _, name := range cases(file) {
			t.Run(strings.Join(f.file(name), "/"), func(t *testing.T) { f.compare(t, file, name) })
		}
	}
}

func (f family) compare(t *testing.T, file reference.Tensors, name string) {
	r := fixtureRows(t, file, name)
	got := f.run(t, r)
	worst, worstAttention := 0.0, 0.0
	check := func(what string, got []float32, between int, bound float64) float64 {
		if !file.Has(join(name, what)) {
			return 0
		}
		want := file.Floats(t, join(name, what))
		d := rowsDiffer(got, want, r.valid, between, len(want)/len(r.valid)/len(r.valid[0])/between)
		if !reference.Near(d, bound) {
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
		lossIsNear(t, evaluate(t, f.list, f.values, r, func(w model.Lookup, in model.Inputs) []*Node { return []*Node{f.loss(w, in, r)} })[0], want)
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
	reference.JSON(t, &expected, f.file("expected.json")...)
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
			r := fixtureRows(t, f.read(t, "expected.safetensors"), test.name)
			got := evaluate(t, f.list, f.values, r, func(w model.Lookup, in model.Inputs) []*Node {
				var at []*Node
				for _, p := range f.list {
					at = append(at, w(p.Name))
				}
				return Gradient(f.loss(w, in, r), at...)
			})
			gradientsAreNear(t, f.list, got, valuesOf(t, f.open(t, test.stored+".safetensors")))
		})
	}
}

// TestPublishedResidualScale takes the scale of ChatGLM-6B's own code, √56 whatever the depth, which the fixture has beside √(2·layers).
func TestPublishedResidualScale(t *testing.T) {
	f := familyOf(t, "chatglm1")
	f.model.ResidualScale = math.Sqrt(56)
	file := f.read(t, "expected.safetensors")
	r := fixtureRows(t, file, "left_padded")
	got := f.run(t, r).logits
	if d := rowsDiffer(got, file.Floats(t, "left_padded.logits_alpha_sqrt56"), r.valid, 1, f.model.VocabSize); !reference.Near(d, 2*f.near) {
		t.Errorf("logits differ by %v", d)
	}
}
