package runner

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/runner/objective"
)

// update is what a network's update does.
type update func(b objective.Batch, step int) (loss, norm float64, err error)

// faulty runs a job whose updates break returns in place of some of them, having ruined the network as they would. It gives
// what was said, too.
func faulty(t *testing.T, job Job, breaks func(step int, good update) (update, bool)) (Result, []string, error) {
	t.Helper()
	var said []string
	job.Say = func(line string) { said = append(said, line) }
	a, err := prepare(job)
	if err != nil {
		t.Fatal(err)
	}
	a.apply = func(b objective.Batch, step int) (float64, float64, error) {
		if broken, ok := breaks(step, a.net.update); ok {
			ruin(t, a.net)
			return broken(b, step)
		}
		return a.net.update(b, step)
	}
	err = a.train(t.Context())
	return Result{a.step, a.history.Ended}, said, err
}

// ruin leaves variables without values, as an update does that fails after it was given them.
func ruin(t *testing.T, n *network) {
	t.Helper()
	for _, w := range n.weights {
		if err := n.variable(weightScope, w.Name).Reset(); err != nil {
			t.Fatal(err)
		}
	}
	if v := n.variable(lossScope, lossSum); v != nil {
		if err := v.Reset(); err != nil {
			t.Fatal(err)
		}
	}
}

func gives(loss, norm float64, err error) update {
	return func(objective.Batch, int) (float64, float64, error) { return loss, norm, err }
}

var errDevice = errors.New("the device is gone")

// A step that fails once costs nothing but time: the run ends with the bytes and the records of one in which none failed.
func TestAFaultIsMadeUpFor(t *testing.T) {
	whole, wholeRecord := tinyJob(t)
	mustRun(t, whole)
	for name, fault := range map[string]update{
		"no number":      gives(math.NaN(), math.NaN(), nil),
		"infinite loss":  gives(math.Inf(1), 1, nil),
		"gradient alone": gives(2, math.Inf(1), nil),
		"device":         gives(0, 0, errDevice),
	} {
		for _, failing := range []int{2, 5, 6} { // before, and twice behind the first checkpoint
			t.Run(name, func(t *testing.T) {
				job, record := tinyJob(t)
				failed := false
				result, said, err := faulty(t, job, func(step int, _ update) (update, bool) {
					breaks := step == failing && !failed
					failed = failed || breaks
					return fault, breaks
				})
				if err != nil || result.Steps != 6 {
					t.Fatalf("Run = %+v, %v", result, err)
				}
				if got := record.logged[int64(failing)]["train/reloads"]; got != 1 {
					t.Errorf("train/reloads at step %d is %v, want 1", failing, got)
				}
				delete(record.logged[int64(failing)], "train/reloads")
				sameRecords(t, wholeRecord, record)
				if len(said) != 1 || !strings.Contains(said[0], "reloaded the state after step") {
					t.Errorf("said %q, want one line about the reload", said)
				}
				_, want := latest(t, whole)
				_, got := latest(t, job)
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("weights differ (-whole +reloaded):\n%s", d)
				}
			})
		}
	}
}

// The same holds of micro-batches, whose sums are begun anew, and where the newest checkpoint is damaged.
func TestAFaultInMicroBatches(t *testing.T) {
	sets := []string{"train.gradient_accumulation_steps=2", "train.checkpoint.every=2"}
	whole, wholeRecord := tinyJob(t, sets...)
	mustRun(t, whole)
	job, record := tinyJob(t, sets...)
	failed := false
	result, _, err := faulty(t, job, func(step int, good update) (update, bool) {
		if step != 5 || failed {
			return nil, false
		}
		failed = true
		truncate(t, job)
		return gives(0, 0, errDevice), true
	})
	if err != nil || result.Steps != 6 {
		t.Fatalf("Run = %+v, %v", result, err)
	}
	delete(record.logged[5], "train/reloads")
	sameRecords(t, wholeRecord, record)
	_, want := latest(t, whole)
	_, got := latest(t, job)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("weights differ (-whole +reloaded):\n%s", d)
	}
}

// A step that fails again ends the run; the error names step, batch and gradient norm, and the records the numbers.
func TestAFaultThatStays(t *testing.T) {
	for _, test := range []struct {
		fault update
		want  []string
	}{
		{gives(math.NaN(), math.Inf(1), nil), []string{"the training loss of step 5 is NaN, with a gradient norm of +Inf, also after a reload", "number 5 of seed 3", "train.learning_rate"}},
		{gives(0, 0, errDevice), []string{"step 5 failed: the device is gone, also after a reload", "number 5 of seed 3"}},
	} {
		job, record := tinyJob(t)
		_, _, err := faulty(t, job, func(step int, _ update) (update, bool) { return test.fault, step == 5 })
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("train = %v, want %q", err, want)
			}
		}
		if c, _ := latest(t, job); c.Step != 3 || record.logged[5]["train/reloads"] != 1 {
			t.Errorf("the newest checkpoint is of step %d with %v, want step 3 and one reload", c.Step, record.logged[5])
		}
	}
}

// train.stop.nan makes an end of it, with the weights before.
func TestStopOnNaN(t *testing.T) {
	job, record := tinyJob(t, "train.stop.nan=true")
	result, said, err := faulty(t, job, func(step int, _ update) (update, bool) { return gives(math.NaN(), 1, nil), step == 5 })
	if err != nil || result.Steps != 3 || !strings.HasPrefix(result.Ended, "nan: the training loss of step 5 is NaN") {
		t.Fatalf("Run = %+v, %v, said %q", result, err, said)
	}
	if loss, ok := record.logged[3]["val/loss"]; !ok || loss == 0 {
		t.Errorf("step 3 has %v, want a last validation", record.logged[3])
	}
	job.Resume, _ = latest(t, job)
	if again := mustEnd(t, job); again != result {
		t.Errorf("resumed, it ended as %+v, want %+v", again, result)
	}
	_, _, err = faulty(t, Job{Spec: job.Spec, Seed: job.Seed, Prepared: job.Prepared, Backend: job.Backend, Recorder: &memory{}, CheckpointDir: t.TempDir(), Attempt: 1},
		func(step int, _ update) (update, bool) { return gives(0, 0, errDevice), step == 5 })
	if !errors.Is(err, errDevice) {
		t.Errorf("train = %v, want the device's error: it is no stop rule", err)
	}
}

// Faults may come while an earlier one is made up for.
func TestFaultsInARow(t *testing.T) {
	whole, wholeRecord := tinyJob(t, "train.checkpoint.every=2")
	mustRun(t, whole)
	job, record := tinyJob(t, "train.checkpoint.every=2")
	a, err := prepare(job)
	if err != nil {
		t.Fatal(err)
	}
	var trained []int
	a.apply = func(b objective.Batch, step int) (float64, float64, error) {
		trained = append(trained, step)
		if len(trained) == 4 {
			truncate(t, job) // the checkpoint of step 2: the run begins anew
			return math.NaN(), 1, nil
		}
		if len(trained) == 6 {
			return 0, 0, errDevice
		}
		return a.net.update(b, step)
	}
	if err := a.train(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []int{1, 2, 3, 4, 1, 2, 1, 2, 3, 4, 5, 6}; !slices.Equal(trained, want) {
		t.Errorf("trained the steps %v, want %v", trained, want)
	}
	delete(record.logged[4], "train/reloads")
	delete(record.logged[2], "train/reloads")
	sameRecords(t, wholeRecord, record)
}

// A stop while a fault is made up for leaves the checkpoint that was reloaded: more is recorded than was trained since.
func TestStopWhileAFaultIsMadeUpFor(t *testing.T) {
	job, _ := tinyJob(t)
	a, err := prepare(job)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	updates := 0
	a.apply = func(b objective.Batch, step int) (float64, float64, error) {
		switch updates++; updates {
		case 6: // at step 6, behind the checkpoint of step 3
			return 0, 0, errDevice
		case 7:
			cancel() // step 4 again
		}
		return a.net.update(b, step)
	}
	if err := a.train(ctx); !errors.Is(err, ErrStopped) || a.step != 4 {
		t.Fatalf("train = %v at step %d, want a stop at step 4", err, a.step)
	}
	if d := cmp.Diff([]int{3}, files(t, job)); d != "" {
		t.Errorf("checkpoints (-want +got):\n%s", d)
	}
}

// A learning rate that no weights stand fails by itself.
func TestRunFailsOnLossThatIsNoNumber(t *testing.T) {
	job, _ := tinyJob(t, "train.checkpoint.every=1")
	job.Spec.Train.LearningRate, job.Spec.Train.MaxGradNorm = math.Inf(1), 0
	_, err := Run(t.Context(), job)
	if err == nil || !strings.Contains(err.Error(), "the training loss of step") {
		t.Errorf("Run = %v, want the step whose loss is no number", err)
	}
}
