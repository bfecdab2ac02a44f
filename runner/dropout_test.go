package runner

import "testing"

// Dropout changes the training's loss from the first update on, and no measure of an untrained network.
func TestDropoutIsForTraining(t *testing.T) {
	plain, plainRecord := tinyJob(t, "train.max_steps=1")
	dropped, droppedRecord := tinyJob(t, "train.max_steps=1", "model.hidden_dropout=0.3")
	mustRun(t, plain)
	mustRun(t, dropped)
	for _, m := range []struct {
		step int64
		name string
		same bool
	}{{0, "val/loss", true}, {1, "train/loss", false}} {
		want, got := plainRecord.logged[m.step][m.name], droppedRecord.logged[m.step][m.name]
		if (want == got) != m.same {
			t.Errorf("step %d: %s is %v without and %v with dropout", m.step, m.name, want, got)
		}
	}
}
