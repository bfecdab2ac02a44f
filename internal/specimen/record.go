package specimen

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"inkstone/tracker"
)

// record plans a study and records its runs one after the other.
func (s *Store) record(ctx context.Context, st study) error {
	plan := tracker.Plan{
		Name: st.name, Question: st.question, Source: "spec: 1\nname: " + st.name + "\nquestion: " + st.question + "\n",
		Compare: tracker.Compare{Metric: "val/loss", Goal: "minimize", Baseline: "baseline", Also: []string{"val/accuracy"}},
	}
	for i, v := range st.variants {
		if i == 0 || v.name == "baseline" {
			plan.Spec = st.spec(v)
		}
		plan.Variants = append(plan.Variants, tracker.Variant{Name: v.name, Changes: v.changes, Parameters: st.parameters(v), Spec: st.spec(v)})
	}
	for seed := 1; seed <= st.seeds; seed++ {
		plan.Seeds = append(plan.Seeds, int64(seed))
		for _, v := range st.variants {
			plan.Trials = append(plan.Trials, tracker.Trial{Variant: v.name, Seed: int64(seed), Digest: fmt.Sprint(st.name, v.name, seed), RecordDigest: "record"})
		}
	}
	if err := s.SavePlan(ctx, plan); err != nil {
		return err
	}
	if st.learned != "" {
		if err := s.WriteNote(ctx, tracker.Scope{Experiment: st.name}, st.learned); err != nil {
			return err
		}
	}
	for seed := int64(1); seed <= int64(st.seeds); seed++ {
		for _, v := range st.variants {
			if err := s.run(ctx, st, v, seed); err != nil {
				return fmt.Errorf("%s/%d: %w", v.name, seed, err)
			}
		}
	}
	return nil
}

func (st study) parameters(v variant) int64 { return int64(18_720*st.layersOf(v) + 4_096) }

// run records one trial.
func (s *Store) run(ctx context.Context, st study, v variant, seed int64) error {
	out, odd := st.odd[fmt.Sprintf("%s/%d", v.name, seed)]
	if !odd {
		out = outcome{status: tracker.Finished, part: 1}
	}
	if out.status == tracker.Planned {
		return nil
	}
	run, err := s.CreateRun(ctx, tracker.NewRun{
		Experiment: st.name, Variant: v.name, Seed: seed, Digest: fmt.Sprint(st.name, v.name, seed), RecordDigest: "record", Spec: st.spec(v), Parameters: st.parameters(v),
	})
	if err != nil {
		return err
	}
	s.Runs[run.Name()] = run
	attempt, err := s.BeginAttempt(ctx, run.ID, environment, nil)
	if err != nil {
		return err
	}
	r := tracker.NewRecorder(attempt.Sink(), run.ID, attempt.Number(), tracker.RecorderOptions{Every: 20 * time.Millisecond, Clock: s.clock.now})
	t := &training{store: s, study: st, variant: v, seed: seed, outcome: out, run: run, attempt: attempt, recorder: r}
	if err := t.train(ctx); err != nil {
		return err
	}
	if out.status == tracker.Running {
		s.Live[run.Name()] = r
		s.held = append(s.held, attempt)
		return nil
	}
	if err := r.Close(ctx); err != nil {
		return err
	}
	return attempt.End(ctx, out.status, out.reason)
}

// environment is that of every attempt.
var environment = tracker.AttemptInfo{
	Host: "lab-3", Backend: "xla-cpu", Threads: 1, Devices: 1, ISA: "avx2", GoVersion: "go1.26.5", Version: "0.3.0", GitCommit: "4f1c2a9d77", GitDirty: true,
	Machine: tracker.Machine{OS: "linux/amd64", CPU: "made-up CPU", Cores: 2, MemoryBytes: 24 << 30},
}

// files writes what belongs to a run beside its values: its log, its working tree's changes, tags.
func (t *training) files(ctx context.Context) error {
	var log strings.Builder
	for step := 0; step <= t.steps(); step += 20 {
		fmt.Fprintf(&log, "step %d  \x1b[32mloss %.4f\x1b[0m\n", step, t.loss(step))
	}
	if t.outcome.reason != "" {
		fmt.Fprintf(&log, "\x1b[31m%s\x1b[0m\n", t.outcome.reason)
	}
	if err := os.WriteFile(t.store.LogPath(t.run.ID, 1), []byte(log.String()), 0o644); err != nil {
		return err
	}
	const diff = "diff --git a/model/block.go b/model/block.go\n--- a/model/block.go\n+++ b/model/block.go\n@@ -10,3 +10,3 @@ func block(x int) int {\n \ty := norm(x)\n-\treturn mlp(y)\n+\treturn mlp(y) + x\n }\n"
	if _, err := t.store.PutArtifact(ctx, t.run.ID, "environment/attempt-1/git.diff", "text/x-diff", strings.NewReader(diff)); err != nil {
		return err
	}
	tags := tracker.Retag{Set: map[string]string{"round": "1"}}
	if t.outcome.excluded != "" {
		tags.Set[tracker.ExcludedTag] = t.outcome.excluded
	}
	return t.store.Tag(ctx, []string{t.run.ID}, tags)
}
