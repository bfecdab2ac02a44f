package runner

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"inkstone/experiments"
	"inkstone/runner/objective"
)

// oneUpdate trains a new network on one batch and returns its loss, its gradients' norm, and the means of its gradients.
func oneUpdate(t *testing.T, job Job, b objective.Batch) (loss, norm float64, moments map[string][]float32) {
	t.Helper()
	source, err := objective.NewSource(job.Prepared, job.Spec, job.Seed)
	if err != nil {
		t.Fatal(err)
	}
	net, err := newNetwork(job.Backend, job.Spec, source.VocabSize(), source.Length(), job.Seed)
	if err != nil {
		t.Fatal(err)
	}
	if loss, norm, err = net.update(b, 1); err != nil {
		t.Fatal(err)
	}
	moments = map[string][]float32{}
	for _, w := range net.weights {
		value, err := net.variable(moment1Scope, w.Name).Value()
		if err != nil {
			t.Fatal(err)
		}
		if moments[w.Name], err = tensors.CopyFlatData[float32](value); err != nil {
			t.Fatal(err)
		}
	}
	return loss, norm, moments
}

// Eight rows at once and eight times one row are the same update, though the rows have different numbers of targets and one
// of them has none.
func TestAccumulationIsOneBatch(t *testing.T) {
	for _, set := range []string{"train.label_smoothing=0", "train.label_smoothing=0.1"} {
		whole, _ := tinyJob(t, "train.global_batch_size=8", set)
		source, err := objective.NewSource(whole.Prepared, whole.Spec, whole.Seed)
		if err != nil {
			t.Fatal(err)
		}
		batch := source.Train(1)
		for i := range batch.Length {
			batch.Weights[3*batch.Length+i] = 0
		}
		wantLoss, wantNorm, want := oneUpdate(t, whole, batch)
		for _, parts := range []int{2, 8} {
			job := whole
			job.Spec.Train.GradientAccumulationSteps = parts
			loss, norm, got := oneUpdate(t, job, batch)
			if math.Abs(loss-wantLoss) > 1e-6*wantLoss || math.Abs(norm-wantNorm) > 1e-5*wantNorm {
				t.Errorf("%s, %d micro-batches: loss %v and norm %v, want %v and %v", set, parts, loss, norm, wantLoss, wantNorm)
			}
			for name := range want {
				if d := distance(want[name], got[name]); d > 1e-5 {
					t.Errorf("%s, %d micro-batches: the gradient of %s is off by %v of its norm", set, parts, name, d)
				}
			}
		}
	}
}

// distance is the norm of a difference, as a share of the first one's norm.
func distance(want, got []float32) float64 {
	var difference, norm float64
	for i := range want {
		difference += math.Pow(float64(want[i]-got[i]), 2)
		norm += math.Pow(float64(want[i]), 2)
	}
	return math.Sqrt(difference / max(norm, 1e-30))
}

// A run in micro-batches measures and ends like one in whole batches.
func TestRunAccumulates(t *testing.T) {
	whole, wholeRecord := tinyJob(t)
	mustRun(t, whole)
	parts, partsRecord := tinyJob(t, "train.gradient_accumulation_steps=4")
	mustRun(t, parts)
	for step, want := range wholeRecord.logged {
		for name, value := range want {
			if strings.HasPrefix(name, "heads/ablation_loss") {
				continue // the mean that stands in for a head is over a micro-batch's rows
			}
			if got, ok := partsRecord.logged[step][name]; !ok || math.Abs(got-value) > 1e-3*max(1, math.Abs(value)) {
				t.Errorf("step %d: %s = %v, want about %v", step, name, got, value)
			}
		}
	}
}

// A batch without a target moves no weight at the first update, but for the decay.
func TestUpdateWithoutTargets(t *testing.T) {
	for _, parts := range []int{1, 2} {
		job, _ := tinyJob(t, "train.weight_decay=0")
		job.Spec.Train.GradientAccumulationSteps = parts
		source, err := objective.NewSource(job.Prepared, job.Spec, job.Seed)
		if err != nil {
			t.Fatal(err)
		}
		batch := source.Train(1)
		clear(batch.Weights)
		loss, norm, moments := oneUpdate(t, job, batch)
		if loss != 0 || norm != 0 {
			t.Errorf("%d micro-batches: loss %v, norm %v, want 0", parts, loss, norm)
		}
		for name, values := range moments {
			for _, x := range values {
				if x != 0 {
					t.Fatalf("%d micro-batches: the gradient of %s is %v, want 0", parts, name, x)
				}
			}
		}
	}
}

// The sums are there only where they are needed.
func TestNoSumsWithoutAccumulation(t *testing.T) {
	job, _ := tinyJob(t)
	for parts, want := range map[int]bool{1: false, 2: true} {
		job.Spec.Train = experiments.Train{GradientAccumulationSteps: parts, SequenceLength: 12}
		net, err := newNetwork(job.Backend, job.Spec, 8, 12, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := net.variable(sumScope, net.weights[0].Name) != nil; got != want {
			t.Errorf("%d micro-batches: sums are there: %v, want %v", parts, got, want)
		}
	}
}
