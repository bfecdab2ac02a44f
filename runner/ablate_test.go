package runner

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The loss of all heads is validation's, and a head is as important as the difference to it.
func TestHeadsAreAblatedOneByOne(t *testing.T) {
	job, record := tinyJob(t, "record.head_ablation.at=log", "data.validation.batches=1", "train.max_steps=4")
	a, err := prepare(job)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.train(t.Context()); err != nil {
		t.Fatal(err)
	}
	var at []int64
	for _, step := range []int64{0, 1, 2, 3, 4} {
		if _, ok := record.logged[step]["heads/ablation_loss L1H1"]; ok {
			at = append(at, step)
		}
	}
	if d := cmp.Diff([]int64{0, 1, 2, 4}, at); d != "" {
		t.Errorf("steps of ablation (-want +got):\n%s", d)
	}
	rows := a.source.Validation(0)
	all, err := a.net.lossWith(rows, []float32{1, 1, 1, 1})
	if want := record.logged[4]["val/loss"]; err != nil || math.Abs(all-want) > 1e-6 {
		t.Errorf("loss with all heads = %v, %v, want %v", all, err, want)
	}
	without, err := a.net.lossWith(rows, []float32{1, 1, 1, 0})
	if got := record.logged[4]["heads/ablation_loss L1H1"]; err != nil || got != without-all || got == 0 {
		t.Errorf("recorded %v, want the difference of %v and %v (%v)", got, without, all, err)
	}
}

// A head that the output projection does not listen to can be taken out.
func TestAHeadWithoutASayHasNoAblationLoss(t *testing.T) {
	job, _ := tinyJob(t)
	a, err := prepare(job)
	if err != nil {
		t.Fatal(err)
	}
	const width = 16
	o := slices.Repeat([]float32{0.3}, width*width)
	for i := range o {
		if i%width >= width/2 {
			o[i] = 0
		}
	}
	if err := a.net.assign(weightScope, "model.layers.1.self_attn.o_proj.weight", o, []int{width, width}); err != nil {
		t.Fatal(err)
	}
	rows := a.source.Validation(0)
	var losses [3]float64
	for i, kept := range [][]float32{{1, 1, 1, 1}, {1, 1, 1, 0}, {1, 1, 0, 1}} {
		if losses[i], err = a.net.lossWith(rows, kept); err != nil {
			t.Fatal(err)
		}
	}
	if losses[0] != losses[1] || losses[0] == losses[2] {
		t.Errorf("losses %v: the second head of the second layer has no say, the first has", losses)
	}
}

// TestAblationsCountInTheEstimate: each time takes a pass without each head and one with all.
func TestAblationsCountInTheEstimate(t *testing.T) {
	how := func(at string) (job Job, tokens int) {
		job, _ = tinyJob(t, "record.head_ablation.at="+at)
		return job, ablated(job.Spec)
	}
	job, log := how("log")
	_, end := how("end")
	if _, never := how("never"); never != 0 || end != (4+1)*ablationRows*job.Spec.Train.SequenceLength || log <= end {
		t.Errorf("never takes %d tokens, once %d, at powers of two %d", never, end, log)
	}
	seconds := func(job Job) float64 { return Estimate(job.Spec, SizeOf(job.Spec), "xla-cpu", 1).Seconds() }
	if quiet, _ := how("never"); !(seconds(job) > seconds(quiet)) {
		t.Errorf("%v s with ablations, %v s without", seconds(job), seconds(quiet))
	}
}
