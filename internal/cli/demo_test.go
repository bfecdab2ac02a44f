package cli_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestTheDemoStands trains one seed of the demo's two main variants as the demo does, on the best backend that works here:
// two layers copy in context, with both heads that it takes, and one layer does not. On the Go backend it takes a minute.
func TestTheDemoStands(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains for real")
	}
	store := filepath.Join(t.TempDir(), "store")
	run := exec.Command(binary, "run", "../../experiments/library/demo.yaml", "--variants", "one-layer", "--set", "seeds=1", "--addr", "off", "--store", store)
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var runs []struct {
		Variant string
		Metrics map[string]float64
	}
	if err := json.Unmarshal([]byte(mustRun(t, "runs", "--json", "--store", store)), &runs); err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		accuracy, induction, previous := r.Metrics["val/accuracy"], r.Metrics["heads/induction"], r.Metrics["heads/previous_token"]
		t.Logf("%s: accuracy %.3f, induction %.3f, previous token %.3f", r.Variant, accuracy, induction, previous)
		switch {
		case r.Variant == "baseline" && (accuracy <= .9 || induction <= .5 || previous <= .4):
			t.Error("two layers did not learn to copy")
		case r.Variant == "one-layer" && accuracy >= .2:
			t.Error("one layer learnt to copy")
		}
	}
	if len(runs) != 2 {
		t.Errorf("got %d runs, want 2", len(runs))
	}
}
