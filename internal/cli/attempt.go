package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"inkstone/experiments"
	"inkstone/runner"
	"inkstone/runner/backend"
	"inkstone/runner/data"
	"inkstone/runner/launch"
	"inkstone/tracker"
)

// stopGrace is how long an attempt may take to stop after its current step, before it is killed.
const stopGrace = 2 * time.Second

func (a *app) attempt() *cobra.Command {
	var restart bool
	c := &cobra.Command{
		Use:    "attempt RUN",
		Hidden: true,
		Short:  "Train one run in this process (called by inkstone run)",
		Long: `Attempt executes one run, from its last checkpoint where there is one. It is started by "inkstone run", which prepares
the data and keeps the store; by hand it serves to look for a fault.`,
		Example: "  inkstone attempt demo/baseline/1",
		Args:    exactArgs("RUN"),
		RunE: func(c *cobra.Command, args []string) error {
			ctx, cancel := context.WithCancelCause(c.Context())
			defer cancel(nil)
			link := launch.Attach(stopGrace, func() { cancel(errors.New("the parent process ended")) })
			defer link.Close()
			store, err := tracker.Open(a.storeDir, tracker.Options{Attempt: true})
			if err != nil {
				return err
			}
			defer store.Close()
			return a.train(ctx, store, args[0], restart, link)
		},
	}
	c.Flags().BoolVar(&restart, "restart", false, "begin at step 0, whatever checkpoints there are")
	return a.withStore(c)
}

// train executes one attempt of a run and records how it ended.
func (a *app) train(ctx context.Context, store *tracker.Store, ref string, restart bool, link *launch.Link) error {
	run, err := store.Run(ctx, ref)
	if err != nil {
		return err
	}
	job, info, err := a.job(ctx, store, run)
	if err != nil {
		return err
	}
	defer job.Backend.Close()
	resume, err := resumePoint(run, job, info, restart)
	if err != nil {
		return err
	}
	attempt, err := store.BeginAttempt(ctx, run.ID, info, resume)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "%s attempt %d of %s/%s/%d on %s, %s\n", stamp(), attempt.Number(), run.Experiment, run.Variant,
		run.Seed, info.Backend, plural(info.Threads, "thread"))
	result, err := a.execute(ctx, store, attempt, job, link)
	status, text := outcome(ctx, result, err)
	fmt.Fprintf(a.stderr, "%s %s %s\n", stamp(), status, strings.TrimPrefix(text, string(status)+" "))
	if ended := attempt.End(context.WithoutCancel(ctx), status, text); ended != nil {
		return errors.Join(err, ended)
	}
	return err
}

// specOf is the spec of a stored run, all resolved.
func specOf(run tracker.Run) (spec experiments.Spec, err error) {
	if err := json.Unmarshal(run.Spec, &spec); err != nil {
		return spec, fmt.Errorf("read the spec of run %s: %w", run.ID, err)
	}
	return spec, nil
}

// job assembles what the run needs: its spec, the prepared data and the backend.
func (a *app) job(ctx context.Context, store *tracker.Store, run tracker.Run) (runner.Job, tracker.AttemptInfo, error) {
	job := runner.Job{Seed: run.Seed, CheckpointDir: store.CheckpointDir(run.ID)}
	var info tracker.AttemptInfo
	var err error
	if job.Spec, err = specOf(run); err != nil {
		return job, info, err
	}
	content := contentOf(run)
	if got := job.Spec.Identity(run.Seed, content); got != run.Digest {
		return job, info, fmt.Errorf("run %s was planned by another version of inkstone (digest %.12s, now %.12s); run its spec again", run.ID, run.Digest, got)
	}
	if job.Prepared, err = data.Open(job.Spec, content, store.CacheDir()); err != nil {
		return job, info, err
	}
	chosen, err := backend.Choose(ctx, job.Spec.Run.Backend, backend.Options{})
	if err != nil {
		return job, info, err
	}
	if job.Backend, err = backend.Open(chosen); err != nil {
		return job, info, err
	}
	return job, attemptInfo(ctx, job.Backend), nil
}

// resumePoint finds the checkpoint that the run goes on from. Its bits depend on the backend and its threads, so a
// change of either is refused.
func resumePoint(run tracker.Run, job runner.Job, info tracker.AttemptInfo, restart bool) (*tracker.Resume, error) {
	if restart {
		return nil, nil
	}
	checkpoint, err := runner.LatestCheckpoint(job.CheckpointDir)
	if err != nil || checkpoint == nil {
		return nil, err
	}
	for _, before := range run.Attempts {
		if before.Number != checkpoint.Attempt {
			continue
		}
		if was := before.Info; was.Backend != info.Backend || was.Threads != info.Threads || was.ISA != info.ISA {
			return nil, fmt.Errorf("run %s cannot be resumed here: up to step %d it was trained on %s, this is %s, and the numbers would differ; "+
				"resume it where they are the same, or train it anew with `inkstone run --restart`", run.ID, checkpoint.Step, describe(was), describe(info))
		}
	}
	return &tracker.Resume{Attempt: checkpoint.Attempt, Sequence: checkpoint.Sequence}, nil
}

func describe(i tracker.AttemptInfo) string {
	return fmt.Sprintf("%s with %s (%s)", i.Backend, plural(i.Threads, "thread"), i.ISA)
}

func stamp() string { return time.Now().Format("15:04:05") }

// outcome is how an attempt ended, and why: a stop rule's reason where it is finished.
func outcome(ctx context.Context, result runner.Result, err error) (tracker.Status, string) {
	switch {
	case err == nil && result.Ended != "":
		return tracker.Finished, fmt.Sprintf("at step %d by the rule %s", result.Steps, result.Ended)
	case err == nil:
		return tracker.Finished, ""
	case errors.Is(err, runner.ErrStopped):
		return tracker.Stopped, context.Cause(ctx).Error()
	}
	return tracker.Failed, err.Error()
}
