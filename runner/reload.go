package runner

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// fault is an update that failed, or whose loss or gradient is no number. The weights behind it are lost.
type fault struct {
	step       int
	loss, norm float64
	err        error // of the backend; nil where the numbers are at fault
}

// faultOf is nil where an update went well.
func faultOf(step int, loss, norm float64, err error) *fault {
	finite := func(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
	if err == nil && finite(loss) && finite(norm) {
		return nil
	}
	return &fault{step, loss, norm, err}
}

func (f *fault) Error() string {
	if f.err != nil {
		return fmt.Sprintf("step %d failed: %v", f.step, f.err)
	}
	return fmt.Sprintf("the training loss of step %d is %v, with a gradient norm of %v", f.step, f.loss, f.norm)
}

func (f *fault) Unwrap() error { return f.err }

// goBack goes back to the last good checkpoint after a fault, once for each step: the data's order is the step's, so that
// the run then goes the same way again. A step that fails twice ends the run.
func (a *attempt) goBack(ctx context.Context, f *fault) error {
	again := a.faults[f.step]
	a.faults[f.step] = true
	if again && !(a.Spec.Train.Stop.NaN && f.err == nil) {
		return errors.Join(a.twice(f), a.recordFault(f))
	}
	reloads := a.history.Reloads + 1
	if err := a.reload(); err != nil {
		return errors.Join(f, err)
	}
	a.history.Reloads = reloads
	a.say("%v; reloaded the state after step %d and go on from there (reload %d)", f, a.step, reloads)
	if err := a.Recorder.Log(int64(f.step), map[string]float64{"train/reloads": float64(reloads)}); err != nil {
		return err
	}
	if again {
		return a.endBefore(ctx, f)
	}
	return nil
}

// twice is the error of a run that cannot get past a step.
func (a *attempt) twice(f *fault) error {
	remedy := "try a lower train.learning_rate or a longer warm-up"
	if f.err != nil {
		remedy = "the run goes on from its last checkpoint when it is started again"
	}
	return fmt.Errorf("%w, also after a reload; its batch is number %d of seed %d (`inkstone batch RUN --step %d` shows it); %s", f, f.step, a.Seed, f.step, remedy)
}

// recordFault keeps the numbers of a step that ends the run.
func (a *attempt) recordFault(f *fault) error {
	if f.err != nil {
		return nil
	}
	return a.Recorder.Log(int64(f.step), map[string]float64{"train/loss": f.loss, "train/grad_norm": f.norm})
}

// endBefore finishes the run by the rule train.stop.nan, with the state that was reloaded.
func (a *attempt) endBefore(ctx context.Context, f *fault) error {
	a.history.Ended = fmt.Sprintf("nan: %v, twice; the weights are those after step %d", f, a.step)
	a.recorded = a.step - 1 // what is measured last is measured of these weights
	if err := errors.Join(a.recordFault(f), a.measure(ctx)); err != nil {
		return err
	}
	return a.save(ctx)
}

// reload sets the network to the newest good checkpoint, or to its beginning where there is none.
func (a *attempt) reload() error {
	checkpoint, err := LatestCheckpoint(a.CheckpointDir)
	if err != nil {
		return err
	}
	if checkpoint == nil {
		a.step, a.history = 0, history{}
		err = a.net.begin(a.Seed)
	} else {
		err = a.restore(checkpoint)
	}
	a.from = a.step
	return err
}

// restore sets the attempt to a checkpoint.
func (a *attempt) restore(c *Checkpoint) error {
	if err := a.net.load(c.Path); err != nil {
		return err
	}
	a.step, a.saved, a.history = int(c.Step), int(c.Step), c.history
	return nil
}
