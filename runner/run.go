package runner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"inkstone/experiments"
	"inkstone/runner/backend"
	"inkstone/runner/data"
	"inkstone/runner/objective"
	"inkstone/tracker"
)

// ErrStopped: the context ended; what was trained up to then is in a checkpoint.
var ErrStopped = errors.New("stopped")

// Recorder takes what a run records. Flush returns when everything before it is on disk, with the number of the last
// batch; Capture writes a tensor behind it.
type Recorder interface {
	Log(step int64, values map[string]float64) error
	Capture(ctx context.Context, c tracker.Capture) error
	Flush(ctx context.Context) (sequence int64, err error)
}

// Job is one attempt.
type Job struct {
	Spec     experiments.Spec
	Seed     int64
	Prepared *data.Prepared
	Backend  *backend.Backend
	Recorder Recorder
	// CheckpointDir is where checkpoints are written, under the attempt's number.
	CheckpointDir string
	Attempt       int
	// Resume is the checkpoint to go on from; nil begins at step 0.
	Resume *Checkpoint
	// Progress is told how the attempt stands; it may be nil.
	Progress func(Progress)
}

// Result is what an attempt reached.
type Result struct{ Steps int }

// attempt is a job at work.
type attempt struct {
	Job
	net    *network
	source *objective.Source
	probe  objective.Probe
	step   int
	began  time.Time
	from   int // the step at which this attempt began
	loss   float64
}

// Run trains until train.max_steps. When ctx ends it finishes the current step, writes a checkpoint, and returns
// ErrStopped. Panics of graph building come back as errors.
func Run(ctx context.Context, job Job) (r Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("run: %v", p)
		}
	}()
	a := &attempt{Job: job}
	if err := a.prepare(); err != nil {
		return r, err
	}
	err = a.train(ctx)
	return Result{Steps: a.step}, err
}

func (a *attempt) prepare() error {
	a.report("compile")
	var err error
	if a.source, err = objective.NewSource(a.Prepared, a.Spec, a.Seed); err != nil {
		return err
	}
	a.probe = objective.NewProbe(plainTokens(a.source.VocabSize()), a.source.Length())
	if a.net, err = newNetwork(a.Backend, a.Spec, a.source.VocabSize(), a.source.Length(), a.Seed); err != nil {
		return err
	}
	if a.Resume != nil {
		if err := a.net.load(a.Resume.Path); err != nil {
			return err
		}
		a.step = int(a.Resume.Step)
	}
	a.from = a.step
	return nil
}

// train is the loop. Step 0 is measured before the first update.
func (a *attempt) train(ctx context.Context) error {
	if a.step == 0 {
		if err := a.measure(ctx); err != nil {
			return err
		}
	}
	for a.began = time.Now(); a.step < a.Spec.Train.MaxSteps; {
		if ctx.Err() != nil {
			return a.stop(ctx)
		}
		started := time.Now()
		if err := a.update(started); err != nil {
			return err
		}
		if a.step == a.from+1 {
			a.began = time.Now() // the first step compiles
		}
		if err := a.measure(ctx); err != nil {
			return err
		}
		if a.step == a.Spec.Train.MaxSteps || due(a.step, a.Spec.Train.Checkpoint.Every, a.Spec.Train.MaxSteps) {
			if err := a.save(ctx); err != nil {
				return err
			}
		}
	}
	a.report("finish")
	_, err := a.Recorder.Flush(context.WithoutCancel(ctx))
	return err
}

// update is one optimizer step and its metrics.
func (a *attempt) update(started time.Time) error {
	step := a.step + 1
	loss, norm, err := a.net.update(a.source.Train(step), step)
	if err != nil {
		return err
	}
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return errors.Join(fmt.Errorf("the training loss of step %d is %v; the last checkpoint is kept: try a lower train.learning_rate or a longer warm-up", step, loss),
			a.Recorder.Log(int64(step), map[string]float64{"train/loss": loss, "train/grad_norm": norm}))
	}
	a.step, a.loss = step, loss
	if due(step, a.Spec.Record.Metrics.Every, a.Spec.Train.MaxSteps) {
		err = a.Recorder.Log(int64(step), map[string]float64{
			"train/loss": loss, "train/grad_norm": norm, "train/learning_rate": a.net.rate(step),
			"train/tokens_per_second": float64(a.tokensPerStep()) / time.Since(started).Seconds(),
		})
	}
	a.report("train")
	return err
}

// due tells whether something that happens every so many steps happens at this one: at step 0, at multiples, and at the
// last step; never where every is 0.
func due(step, every, last int) bool { return every > 0 && (step%every == 0 || step == last) }

func (a *attempt) tokensPerStep() int {
	return a.Spec.Train.GlobalBatchSize * a.Spec.Train.SequenceLength
}

// stop writes a checkpoint of the finished steps.
func (a *attempt) stop(ctx context.Context) error {
	if a.step > a.from {
		if err := a.save(ctx); err != nil {
			return errors.Join(ErrStopped, err)
		}
	}
	return ErrStopped
}

func (a *attempt) report(phase string) {
	if a.Progress == nil {
		return
	}
	p := Progress{Phase: phase, Step: a.step, MaxSteps: a.Spec.Train.MaxSteps, Loss: a.loss}
	if done := a.step - a.from - 1; done > 0 && !a.began.IsZero() {
		each := time.Since(a.began) / time.Duration(done)
		p.TokensPerSecond = float64(a.tokensPerStep()) / max(each.Seconds(), 1e-9)
		p.Remaining = each * time.Duration(p.MaxSteps-a.step)
	}
	a.Progress(p)
}

// plainTokens is how many leading ids of a vocabulary are no special tokens.
func plainTokens(vocab int) int { return min(vocab, 256) }
