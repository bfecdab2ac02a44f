package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPresets(t *testing.T) {
	listed := inkstone(t, "presets")
	words := strings.Join(strings.Fields(listed.stdout), " ")
	for _, want := range []string{"chatglm2-6b 6,243,584,000 28 4096", "glm-4-0414-32b 32,566,081,536 61 6144", "bert-base"} {
		if !strings.Contains(words, want) {
			t.Errorf("the list lacks %q:\n%s", want, listed.stdout)
		}
	}
	var list []struct {
		Name       string
		Parameters int64
		Model      struct {
			Positions string
		}
	}
	if err := json.Unmarshal([]byte(inkstone(t, "presets", "--json").stdout), &list); err != nil {
		t.Fatal(err)
	}
	if p := list[0]; p.Name != "glm-base" || p.Parameters != 109338624 || p.Model.Positions != "learned" {
		t.Errorf("the first preset is %+v", p)
	}
}

// TestSpecWithPreset checks that a preset's settings stand in for those that a spec does not write, and only for those.
func TestSpecWithPreset(t *testing.T) {
	spec := filepath.Join(t.TempDir(), "spec.yaml")
	text := `spec: 1
name: preset
data: {corpus: go-stdlib}
model: {preset: nano}
train: {max_steps: 10, global_batch_size: 4, sequence_length: 32, learning_rate: 3e-3}
ablate:
  deep: {model.num_hidden_layers: 6}
  other: {model.preset: micro}
`
	if err := os.WriteFile(spec, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := inkstone(t, "check", spec); r.status != 0 {
		t.Fatalf("check: %d %s", r.status, r.stderr)
	}
	var plan struct {
		Variants []struct {
			Name       string
			Parameters int64
		}
	}
	if err := json.Unmarshal([]byte(inkstone(t, "plan", spec, "--json").stdout), &plan); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{1507456, 1877120, 5768704} {
		if got := plan.Variants[i]; got.Parameters != want {
			t.Errorf("%s has %d parameters, want %d", got.Name, got.Parameters, want)
		}
	}
	r := inkstone(t, "check", spec, "--set", "model.preset=nanno")
	if r.status != 2 || !strings.Contains(r.stderr, "did you mean nano?") {
		t.Errorf("an unknown preset: %d %s", r.status, r.stderr)
	}
}
