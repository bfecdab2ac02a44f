package runner

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"inkstone/runner/model"
)

// trained is an attempt whose network stands after a few updates.
func trained(t *testing.T) *attempt {
	t.Helper()
	job, _ := tinyJob(t)
	a, err := prepare(job)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.train(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *attempt) without(t *testing.T, layer, head int) float64 {
	t.Helper()
	loss, err := a.net.ablated(a.source.Validation(0), layer, head)
	if err != nil {
		t.Fatal(err)
	}
	return loss
}

// TestAblation compares with the network whose output projection does not listen to the head, and whose bias says the head's mean.
func TestAblation(t *testing.T) {
	a := trained(t)
	whole := a.without(t, 0, -1)
	b := a.source.Validation(0)
	out, err := a.net.validate.Exec(hostBatch(b)...)
	if err != nil {
		t.Fatal(err)
	}
	if want := scalar(out[0]) / scalar(out[2]); math.Abs(whole-want) > 1e-6 {
		t.Errorf("with all heads the loss is %v, validation says %v", whole, want)
	}
	if without := a.without(t, 0, 0); without == whole {
		t.Error("the loss does not notice that a head is gone")
	}
	a.silence(t, 1, 1)
	if got, want := a.without(t, 1, 1), a.without(t, 0, -1); math.Abs(got-want) > 1e-6 {
		t.Errorf("a head to which nobody listens changes the loss from %v to %v", want, got)
	}
}

// silence lets the output projection take nothing from a head.
func (a *attempt) silence(t *testing.T, layer, head int) {
	t.Helper()
	d := model.HeadDim(a.Spec.Model)
	for _, w := range a.net.weights {
		if w.Name != fmt.Sprintf("model.layers.%d.self_attn.o_proj.weight", layer) {
			continue
		}
		tensor, err := a.net.variable(weightScope, w.Name).Value()
		if err != nil {
			t.Fatal(err)
		}
		values, err := tensors.CopyFlatData[float32](tensor)
		if err != nil {
			t.Fatal(err)
		}
		in := w.Shape[1] // [out, in]
		for i := range values {
			if at := i % in; at >= head*d && at < (head+1)*d {
				values[i] = 0
			}
		}
		if err := a.net.assign(weightScope, w.Name, values, w.Shape); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("layer %d has no output projection", layer)
}

// TestTokenLossesSumToTheLoss: the losses of a prompt's tokens are what validation would say of them.
func TestTokenLossesSumToTheLoss(t *testing.T) {
	a := trained(t)
	record := a.Recorder.(*memory)
	last := record.captures[len(record.captures)-1]
	if last.Kind != "losses" || last.Step != 6 || !math.IsNaN(float64(last.Values[0])) {
		t.Fatalf("the last capture is %+v", last)
	}
	for i, v := range last.Values[1:] {
		if !(v > 0 && v < 10) {
			t.Errorf("the loss of token %d is %v", i+1, v)
		}
	}
	batch, _, err := a.source.Prompt("ABCDABCD")
	if err != nil {
		t.Fatal(err)
	}
	for i := range batch.Length - 1 { // every token but the first is a target of the place before it
		batch.Targets[i], batch.Weights[i] = batch.Inputs[i+1], 1
	}
	out, err := a.net.validate.Exec(hostBatch(batch)...)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, v := range last.Values[1:] {
		sum += float64(v)
	}
	if want := scalar(out[0]); math.Abs(sum-want) > 1e-4 {
		t.Errorf("the tokens' losses sum to %v, validation says %v", sum, want)
	}
}
