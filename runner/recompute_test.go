package runner

import (
	"math"
	"testing"
)

// A run that computes activations again for the backward pass trains as one that keeps them.
func TestActivationCheckpointing(t *testing.T) {
	kept, keptRecord := tinyJob(t)
	again, againRecord := tinyJob(t, "train.activation_checkpointing=true")
	mustRun(t, kept)
	mustRun(t, again)
	for step := int64(1); step <= 6; step++ {
		want, got := keptRecord.logged[step]["train/grad_norm"], againRecord.logged[step]["train/grad_norm"]
		if math.IsNaN(got) || math.Abs(got-want) > 1e-5*want {
			t.Errorf("step %d: the gradients' norm is %v, want %v", step, got, want)
		}
	}
}
