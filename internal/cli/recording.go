package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"inkstone/experiments"
	"inkstone/runner"
	"inkstone/runner/backend"
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

// execute trains and records; what was logged is committed before it returns, also after a stop.
func (a *app) execute(ctx context.Context, store *tracker.Store, attempt *tracker.Attempting, job runner.Job, link *launch.Link) error {
	content := job.Prepared.Content
	if err := store.DeclareMetrics(ctx, attempt.Run(), runner.MetricInfos(job.Spec, content)); err != nil {
		return err
	}
	rec := recorder{tracker.NewRecorder(attempt.Sink(), attempt.Run(), attempt.Number(), tracker.RecorderOptions{SpillDir: store.RunDir(attempt.Run())}), attempt}
	job.Recorder, job.Attempt = rec, attempt.Number()
	job.Progress = a.follow(link)
	checkpoint, err := runner.LatestCheckpoint(job.CheckpointDir)
	if err != nil {
		return err
	}
	if attempt.Resumed() {
		job.Resume = checkpoint
	}
	_, err = runner.Run(ctx, job)
	return errors.Join(err, rec.Close(context.WithoutCancel(ctx)))
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

// attemptInfo says where and with what an attempt runs.
func attemptInfo(ctx context.Context, b *backend.Backend) tracker.AttemptInfo {
	host, _ := os.Hostname()
	info := tracker.AttemptInfo{
		Host: host, Backend: string(b.Name), Plugin: b.Plugin, PluginDigest: b.PluginDigest, Threads: b.Threads,
		Devices: b.Devices, ISA: b.ISA, GoVersion: runtime.Version(), PID: os.Getpid(), CPUs: os.Getenv("INKSTONE_CPUS"),
		Version: buildVersion(), Modules: map[string]string{},
	}
	info.GitCommit, info.GitDirty = workingTree(ctx)
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return info
	}
	for _, m := range build.Deps {
		if strings.Contains(m.Path, "gomlx") || strings.Contains(m.Path, "sqlite") {
			info.Modules[m.Path] = m.Version
		}
	}
	return info
}

// workingTree asks git for the commit of the current folder, and whether there are changes beside it. It is empty where
// there is no git, no repository or no answer in time.
func workingTree(ctx context.Context) (commit string, dirty bool) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	git := func(args ...string) (string, error) {
		out, err := exec.CommandContext(ctx, "git", append([]string{"--no-optional-locks"}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	commit, err := git("rev-parse", "--verify", "HEAD")
	if err != nil {
		return "", false
	}
	changes, err := git("status", "--porcelain", "--untracked-files=no")
	return commit, err == nil && changes != ""
}

// contentOf is the digests that a run's identity rests on.
func contentOf(run tracker.Run) experiments.Content {
	return experiments.Content{Data: run.DataDigest, Tokenizer: run.TokenizerDigest}
}
