package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"inkstone/experiments"
	"inkstone/runner/backend"
	"inkstone/runner/data"
	"inkstone/runner/generate"
	"inkstone/runner/objective"
	"inkstone/tracker"
)

// ErrStopped: the context ended; what was trained up to then is in a checkpoint.
var ErrStopped = errors.New("stopped")

// Recorder takes what a run records: metrics, and those of a context, as of one head. Flush returns when everything before it is on disk, with the number of the last
// batch; Capture writes a tensor behind it, and Texts texts.
type Recorder interface {
	Log(step int64, values map[string]float64) error
	LogContext(step int64, context string, values map[string]float64) error
	Capture(ctx context.Context, c tracker.Capture) error
	Texts(ctx context.Context, texts []tracker.Text) error
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
	// Say writes a line into the run's log; it may be nil.
	Say func(line string)
}

// Result is what an attempt reached.
type Result struct {
	Steps int
	// Ended is the stop rule that finished the run before train.max_steps, and why; empty where none did.
	Ended string
}

// attempt is a job at work.
type attempt struct {
	Job
	net    *network
	source *objective.Source
	ahead  *objective.Ahead // the source's training batches, while train is in its loop
	probe  objective.Probe
	// generator decodes with the weights as they are; nil until texts are due.
	generator *generate.Generator
	// apply is the network's update.
	apply   func(b objective.Batch, step int) (loss, norm float64, err error)
	now     func() time.Time
	history history
	step    int
	saved   int // the step of the newest checkpoint, 0 where there is none
	// recorded is the last step whose records were made: after a reload the steps up to it are trained again in silence.
	recorded int
	measured map[string]float64 // at the current step
	faults   map[int]bool       // the steps that failed
	started  time.Time          // when the loop began, less the time that earlier attempts trained
	began    time.Time          // when the speed's measurement began, at step from
	from     int
	loss     float64
}

// Run trains until train.max_steps, or until a stop rule ends the run. When ctx ends it finishes the current step, writes a
// checkpoint, and returns ErrStopped. Panics of graph building come back as errors.
func Run(ctx context.Context, job Job) (r Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("run: %v", p)
		}
	}()
	a, err := prepare(job)
	if err != nil {
		return r, err
	}
	err = a.train(ctx)
	return Result{Steps: a.step, Ended: a.history.Ended}, err
}

func prepare(job Job) (*attempt, error) {
	a := &attempt{Job: job, now: time.Now, recorded: -1, faults: map[int]bool{}}
	a.report("compile")
	var err error
	if a.source, err = objective.NewSource(a.Prepared, a.Spec, a.Seed); err != nil {
		return nil, err
	}
	if _, err := a.requests(); err != nil {
		return nil, err
	}
	a.probe = objective.NewProbe(plainTokens(a.source.VocabSize()), a.source.Length())
	if a.net, err = newNetwork(a.Backend, a.Spec, a.source.VocabSize(), a.source.Length(), a.Seed); err != nil {
		return nil, err
	}
	a.apply = a.net.update
	if a.Resume != nil {
		if err := a.restore(a.Resume); err != nil {
			return nil, err
		}
		a.recorded = a.step
	}
	a.from = a.step
	return a, dropBeyond(a.CheckpointDir, a.step)
}

// train is the loop. Step 0 is measured before the first update.
func (a *attempt) train(ctx context.Context) error {
	defer func() {
		if a.generator != nil {
			a.generator.Close()
		}
	}()
	a.started = a.now().Add(-a.history.Trained)
	a.ahead = a.source.Ahead(ctx, a.builders())
	defer a.ahead.Close()
	if a.step == 0 {
		if err := a.measure(ctx); err != nil {
			return err
		}
		a.recorded = 0
	}
	for a.began = time.Now(); !a.last(); {
		if ctx.Err() != nil {
			return a.stop(ctx)
		}
		if err := a.advance(ctx); err != nil {
			return err
		}
	}
	a.report("finish")
	_, err := a.Recorder.Flush(context.WithoutCancel(ctx))
	return err
}

// builders is how many goroutines build batches ahead: few beside the threads that compute, and never none.
func (a *attempt) builders() int { return max(1, a.Backend.Threads/4) }

// last tells whether nothing is trained behind the current step.
func (a *attempt) last() bool { return a.step >= a.Spec.Train.MaxSteps || a.history.Ended != "" }

// trained is the time in the loop, over all attempts.
func (a *attempt) trained() time.Duration { return a.now().Sub(a.started) }

// stop writes a checkpoint of the finished steps. While a reload is made up for, the one that was reloaded stays the newest:
// what was recorded reaches beyond the current step.
func (a *attempt) stop(ctx context.Context) error {
	if a.step > a.saved && a.step >= a.recorded {
		if err := a.save(ctx); err != nil {
			return errors.Join(ErrStopped, err)
		}
	}
	return ErrStopped
}

func (a *attempt) say(format string, args ...any) {
	if a.Say != nil {
		a.Say(fmt.Sprintf(format, args...))
	}
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

// plainTokens is a number of leading ids that no tokenizer gives to special tokens: all symbols, or the bytes.
func plainTokens(vocab int) int { return min(vocab, 256) }
