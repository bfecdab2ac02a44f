package model_test

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/runner/model"
	"inkstone/runner/reference"
)

// TestFixturePrefixes compares logits behind a learned prefix with the reference implementations.
func TestFixturePrefixes(t *testing.T) {
	for _, test := range []struct{ folder, file, name string }{
		{"chatglm2", "expected.safetensors", "left_padded"},
		{"chatglm1", "prefix.safetensors", "expected"},
	} {
		t.Run(test.folder, func(t *testing.T) {
			f := familyOf(t, test.folder)
			prefix := f.read(t, "prefix.safetensors")
			r := fixtureRows(t, f.read(t, test.file), test.name)
			table := model.PrefixWeights(f.model, 4)
			f.values[table[0].Name] = prefix.Floats(t, "transformer."+table[0].Name)
			logits := evaluate(t, append(f.list, table...), f.values, r, func(w model.Lookup, in model.Inputs) []*Node {
				return []*Node{model.Logits(f.model, w, model.Forward(f.model, w, model.WithPrefix(f.model, w, in), model.Capture{}).Hidden)}
			})[0]
			d := rowsDiffer(logits, prefix.Floats(t, "expected.logits"), r.valid, 1, f.model.VocabSize)
			if !reference.Near(d, f.near) {
				t.Errorf("logits differ by %v", d)
			}
			t.Logf("logits differ by at most %.1e", d)
		})
	}
}

// TestPrefixCounts holds the sizes of prefixes of 128 slots against the published ones (folder param_counts).
func TestPrefixCounts(t *testing.T) {
	for preset, want := range map[string]int64{"chatglm-6b": 29360128, "chatglm2-6b": 1835008} {
		if got := model.PrefixWeights(presetModel(t, preset), 128)[0].Size(); got != want {
			t.Errorf("%s: %d parameters, want %d", preset, got, want)
		}
	}
}
