package model

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
)

// TestFixturePrefixes compares logits behind a learned prefix with the reference implementations.
func TestFixturePrefixes(t *testing.T) {
	for _, test := range []struct{ folder, file, name string }{
		{"chatglm2", "expected.safetensors", "left_padded"},
		{"chatglm1", "prefix.safetensors", "expected"},
	} {
		t.Run(test.folder, func(t *testing.T) {
			f := familyOf(t, test.folder)
			prefix := readTensors(t, test.folder, "prefix.safetensors")
			r := fixtureRows(t, readTensors(t, test.folder, test.file), test.name)
			values := f.values(t, "model.safetensors")
			values[prefixName] = prefix.floats(t, "transformer."+prefixName)
			list := append(f.list(), PrefixWeights(f.model, 4)...)
			logits := evaluate(t, list, values, r, func(w Lookup, in Inputs) []*Node {
				return []*Node{Logits(f.model, w, Forward(f.model, w, WithPrefix(f.model, w, in), Capture{}).Hidden)}
			})[0]
			d := rowsDiffer(logits, prefix.floats(t, "expected.logits"), r.valid, 1, f.vocab)
			if !near(d, f.near) {
				t.Errorf("logits differ by %v", d)
			}
			t.Logf("logits differ by at most %.1e", d)
		})
	}
}

// TestPrefixCounts holds the sizes of prefixes of 128 slots against the published ones (folder param_counts).
func TestPrefixCounts(t *testing.T) {
	for preset, want := range map[string]int64{"chatglm-6b": 29360128, "chatglm2-6b": 1835008} {
		if got := PrefixWeights(presetModel(t, preset), 128)[0].Size(); got != want {
			t.Errorf("%s: %d parameters, want %d", preset, got, want)
		}
	}
}
