package runner

import (
	"math"
	"testing"

	"inkstone/runner/backend"
	"inkstone/runner/objective"
)

// An update in bfloat16 is near one in float32: its loss, the gradients' norm, and each gradient.
func TestPrecision(t *testing.T) {
	for _, name := range []backend.Name{backend.Go, backend.XLACPU} {
		t.Run(string(name), func(t *testing.T) {
			chosen, err := backend.Choose(t.Context(), string(name), backend.Options{})
			if err != nil {
				t.Skip(err)
			}
			opened, err := backend.Open(chosen)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(opened.Close)
			update := func(set string) (loss, norm float64, gradients map[string][]float32) {
				job, _ := tinyJob(t, set)
				job.Backend = opened
				source, err := objective.NewSource(job.Prepared, job.Spec, job.Seed)
				if err != nil {
					t.Fatal(err)
				}
				return oneUpdate(t, job, source.Train(1))
			}
			wantLoss, wantNorm, want := update("train.precision=f32")
			loss, norm, got := update("train.precision=bf16")
			if loss == wantLoss || math.Abs(loss-wantLoss) > 5e-3*wantLoss {
				t.Errorf("loss %v, want about %v", loss, wantLoss)
			}
			if math.Abs(norm-wantNorm) > 2e-2*wantNorm {
				t.Errorf("the gradients' norm is %v, want about %v", norm, wantNorm)
			}
			for name := range want {
				if d := distance(want[name], got[name]); !(d < 5e-2) {
					t.Errorf("the gradient of %s is off by %v of its norm", name, d)
				}
			}
		})
	}
}
