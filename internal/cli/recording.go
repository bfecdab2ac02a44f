package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"inkstone/experiments"
	"inkstone/runner"
	"inkstone/runner/launch"
	"inkstone/tracker"
)

// recorder joins the store's recorder and its captures to what runner wants.
type recorder struct {
	*tracker.Recorder
	attempt *tracker.Attempting
}

// Capture writes a tensor behind everything logged so far.
func (r recorder) Capture(ctx context.Context, c tracker.Capture) error {
	sequence, err := r.Flush(ctx)
	if err != nil {
		return err
	}
	return r.attempt.Capture(ctx, c, sequence)
}

// Texts writes texts behind everything logged so far.
func (r recorder) Texts(ctx context.Context, texts []tracker.Text) error {
	sequence, err := r.Flush(ctx)
	if err != nil {
		return err
	}
	return r.attempt.Texts(ctx, texts, sequence)
}

// execute trains and records; what was logged is committed before it returns, also after a stop.
func (a *app) execute(ctx context.Context, store *tracker.Store, attempt *tracker.Attempting, job runner.Job, link *launch.Link) (result runner.Result, err error) {
	content := job.Prepared.Content
	if err := store.DeclareMetrics(ctx, attempt.Run(), append(runner.MetricInfos(job.Spec, content), systemMetrics()...)); err != nil {
		return result, err
	}
	rec := recorder{tracker.NewRecorder(attempt.Sink(), attempt.Run(), attempt.Number(), tracker.RecorderOptions{SpillDir: store.RunDir(attempt.Run())}), attempt}
	job.Recorder, job.Attempt = rec, attempt.Number()
	machine := newSampler(rec.Recorder)
	follow := a.follow(link)
	job.Progress = func(p runner.Progress) {
		machine.step.Store(int64(p.Step))
		follow(p)
	}
	job.Say = func(line string) { fmt.Fprintf(a.stderr, "%s %s\n", stamp(), line) }
	checkpoint, err := runner.LatestCheckpoint(job.CheckpointDir)
	if err != nil {
		return result, err
	}
	if attempt.Resumed() {
		job.Resume = checkpoint
	}
	sampling, stopSampling := context.WithCancel(ctx)
	var sampled sync.WaitGroup
	sampled.Go(func() { machine.run(sampling) })
	kept := make(chan error, 1)
	go func() { kept <- keepWorkingTree(ctx, store, attempt) }() // while the model compiles
	result, err = runner.Run(ctx, job)
	stopSampling()
	sampled.Wait()
	err = errors.Join(err, rec.Close(context.WithoutCancel(ctx)))
	if treeErr := <-kept; treeErr != nil {
		fmt.Fprintf(a.stderr, "%s the working tree was not kept with the run: %v\n", stamp(), treeErr)
	}
	return result, err
}

// follow reports progress to the parent and writes a line to the log at every phase and every tenth of the steps.
func (a *app) follow(link *launch.Link) func(runner.Progress) {
	var phase string
	tenth := -1
	return func(p runner.Progress) {
		link.Report(p)
		at := 0
		if p.MaxSteps > 0 {
			at = p.Step * 10 / p.MaxSteps
		}
		if p.Phase == phase && at == tenth {
			return
		}
		if p.Phase == "train" && p.Step > 0 && at != tenth {
			speed := ""
			if p.TokensPerSecond > 0 { // not yet known at the first step
				speed = ", " + count(p.TokensPerSecond) + " tokens/s"
			}
			fmt.Fprintf(a.stderr, "%s step %d of %d, loss %.5g%s\n", stamp(), p.Step, p.MaxSteps, p.Loss, speed)
			tenth = at
		} else if p.Phase != phase && p.Phase != "train" && p.Phase != "validate" {
			fmt.Fprintf(a.stderr, "%s %s\n", stamp(), p.Phase)
		}
		phase = p.Phase
	}
}

// contentOf is the digests that a run's identity rests on.
func contentOf(run tracker.Run) experiments.Content {
	return experiments.Content{Data: run.DataDigest, Tokenizer: run.TokenizerDigest}
}
