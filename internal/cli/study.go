package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"inkstone/experiments"
	"inkstone/experiments/plan"
	"inkstone/runner"
)

// study is a spec that was read, planned and held against data and model.
type study struct {
	*plan.Plan
	sizes []runner.Size // by variant
}

// readStudy reads a spec with its overrides; only restricts it to the baseline and the named variants.
func readStudy(ctx context.Context, file string, sets, only []string) (*study, error) {
	p, err := plan.Load(file, sets, runner.CorpusSize(ctx))
	if err != nil {
		return nil, err
	}
	if len(only) > 0 {
		if err := restrict(p, only); err != nil {
			return nil, err
		}
	}
	s := &study{Plan: p}
	for _, v := range p.Variants {
		s.sizes = append(s.sizes, runner.SizeOf(v.Spec))
	}
	return s, nil
}

// restrict keeps the comparison's baseline and the named variants.
func restrict(p *plan.Plan, only []string) error {
	var names []string
	for _, v := range p.Variants {
		names = append(names, v.Name)
	}
	for _, name := range only {
		if !slices.Contains(names, name) {
			return usagef("--variants: there is no variant %q; the spec has %s", name, strings.Join(names, ", "))
		}
	}
	baseline := p.Document.Spec.Compare.Baseline
	var variants []plan.Variant
	index := map[int]int{}
	for i, v := range p.Variants {
		if v.Name == baseline || slices.Contains(only, v.Name) {
			index[i] = len(variants)
			variants = append(variants, v)
		}
	}
	var trials []plan.Trial
	for _, t := range p.Trials {
		if i, kept := index[t.Variant]; kept {
			t.Variant = i
			trials = append(trials, t)
		}
	}
	p.Variants, p.Trials = variants, trials
	return nil
}

// spec is the baseline as written.
func (s *study) spec() experiments.Spec { return s.Document.Spec }

func (s *study) summary() string {
	return fmt.Sprintf("%s × %s = %s", plural(len(s.Variants), "variant"), plural(len(s.spec().Seeds), "seed"), plural(len(s.Trials), "trial"))
}

// changes words what a variant changes.
func changes(v plan.Variant) string {
	if len(v.Changes) == 0 {
		return ""
	}
	parts := make([]string, len(v.Changes))
	for i, c := range v.Changes {
		parts[i] = c.Path + ": " + c.Value
	}
	return strings.Join(parts, ", ")
}
