package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"inkstone/experiments"
	"inkstone/runner"
	"inkstone/runner/data"
	"inkstone/runner/dispatch"
	"inkstone/tracker"
)

// enrolment is a plan in the store: every trial has its run, and those without a finished one are tasks.
type enrolment struct {
	tasks    []dispatch.Task
	finished map[string]int // finished trials by variant
}

// enroll prepares the data, saves the plan and creates the runs that are missing.
func (a *app) enroll(ctx context.Context, store *tracker.Store, s *study) (*enrolment, error) {
	contents, err := a.prepare(ctx, store, s)
	if err != nil {
		return nil, err
	}
	saved, err := storePlan(s, contents)
	if err != nil {
		return nil, err
	}
	if err := store.SavePlan(ctx, saved); err != nil {
		return nil, err
	}
	if saved, err = store.Plan(ctx, s.spec().Name); err != nil {
		return nil, err
	}
	e := &enrolment{finished: map[string]int{}}
	for i, trial := range saved.Trials {
		if trial.Run != nil && trial.Run.Status == tracker.Finished {
			e.finished[trial.Variant]++
			continue
		}
		if trial.Run == nil {
			run, err := createRun(ctx, store, s, s.Trials[i].Variant, trial, contents)
			if err != nil {
				return nil, err
			}
			trial.Run = &run
		}
		e.tasks = append(e.tasks, newTask(store, trial))
	}
	return e, nil
}

func newTask(store *tracker.Store, trial tracker.Trial) dispatch.Task {
	task := dispatch.Task{Run: trial.Run.ID, Experiment: trial.Run.Experiment, Variant: trial.Variant, Seed: trial.Seed}
	if n := len(trial.Run.Attempts); n > 0 {
		if c, err := runner.LatestCheckpoint(store.CheckpointDir(trial.Run.ID)); err == nil && c != nil {
			task.Threads = trial.Run.Attempts[n-1].Info.Threads
		}
	}
	return task
}

// prepare tokenises what the variants read, each kind once.
func (a *app) prepare(ctx context.Context, store *tracker.Store, s *study) ([]experiments.Content, error) {
	contents := make([]experiments.Content, len(s.Variants))
	bar := newBar(a.stderr)
	defer bar.close()
	for i, v := range s.Variants {
		prepared, err := data.Prepare(ctx, v.Spec, store.CacheDir(), bar.show)
		if err != nil {
			return nil, fmt.Errorf("prepare the data of %s: %w", v.Name, err)
		}
		contents[i] = prepared.Content
		if err := prepared.Close(); err != nil {
			return nil, err
		}
	}
	return contents, nil
}

// storePlan is the plan in the store's words.
func storePlan(s *study, contents []experiments.Content) (tracker.Plan, error) {
	spec := s.spec()
	p := tracker.Plan{
		Name: spec.Name, Question: spec.Question, Source: string(s.Document.Source), Seeds: spec.Seeds,
		Compare: tracker.Compare{
			Metric: spec.Compare.Metric, Goal: spec.Compare.Goal, Baseline: spec.Compare.Baseline, Also: spec.Compare.Also,
		},
	}
	var err error
	if p.Spec, err = json.Marshal(spec); err != nil {
		return p, fmt.Errorf("store the plan: %w", err)
	}
	for i, v := range s.Variants {
		resolved, err := json.Marshal(v.Spec)
		if err != nil {
			return p, fmt.Errorf("store the plan: %w", err)
		}
		p.Variants = append(p.Variants, tracker.Variant{
			Name: v.Name, Changes: changes(v), Parameters: s.sizes[i].Parameters, Spec: resolved,
		})
	}
	for _, t := range s.Trials {
		v := s.Variants[t.Variant]
		p.Trials = append(p.Trials, tracker.Trial{
			Variant: v.Name, Seed: t.Seed, Digest: v.Spec.Identity(t.Seed, contents[t.Variant]), RecordDigest: v.Spec.RecordDigest(),
		})
	}
	return p, nil
}

func createRun(ctx context.Context, store *tracker.Store, s *study, variant int, trial tracker.Trial, contents []experiments.Content) (tracker.Run, error) {
	spec, err := json.Marshal(s.Variants[variant].Spec)
	if err != nil {
		return tracker.Run{}, fmt.Errorf("create run: %w", err)
	}
	return store.CreateRun(ctx, tracker.NewRun{
		Experiment: s.spec().Name, Variant: trial.Variant, Seed: trial.Seed, Digest: trial.Digest, RecordDigest: trial.RecordDigest,
		Spec: spec, Parameters: s.sizes[variant].Parameters,
		DataDigest: contents[variant].Data, TokenizerDigest: contents[variant].Tokenizer,
	})
}
