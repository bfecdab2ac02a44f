package notebooks

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"inkstone/tracker"
)

// group is what the store holds of one variant.
type group struct {
	variant  tracker.Variant
	params   int64
	values   []SeedValue // finished runs that recorded the metric, by seed
	missing  []Missing
	failures []Failure
	excluded []Exclusion
	silent   []int64              // seeds whose finished run did not record the metric
	also     map[string][]float64 // last values of the further metrics
	info     map[string][]tracker.MetricInfo
}

// collect reads the last points of the metrics of every run of the plan, in the order of its variants and seeds, the
// baseline first.
func collect(ctx context.Context, s *tracker.Store, plan tracker.Plan, metric string, also []string) ([]group, error) {
	groups := make([]group, len(plan.Variants))
	index := map[string]int{}
	for i, v := range baselineFirst(plan) {
		groups[i] = group{variant: v, params: v.Parameters, also: map[string][]float64{}, info: map[string][]tracker.MetricInfo{}}
		index[v.Name] = i
	}
	trials := slices.Clone(plan.Trials)
	slices.SortStableFunc(trials, func(a, b tracker.Trial) int { return cmp.Compare(a.Seed, b.Seed) })
	for _, t := range trials {
		i, ok := index[t.Variant]
		if !ok {
			return nil, refuse(tracker.ErrInvalid, "the trial of seed %d belongs to variant %q, which the plan does not declare", t.Seed, t.Variant)
		}
		if err := groups[i].add(ctx, s, t, metric, also); err != nil {
			return nil, err
		}
	}
	return groups, nil
}

// baselineFirst returns the declared variants in their order, but the baseline before all others.
func baselineFirst(plan tracker.Plan) []tracker.Variant {
	first := slices.IndexFunc(plan.Variants, func(v tracker.Variant) bool { return v.Name == plan.Compare.Baseline })
	if first <= 0 {
		return plan.Variants
	}
	variants := []tracker.Variant{plan.Variants[first]}
	return append(variants, slices.Delete(slices.Clone(plan.Variants), first, first+1)...)
}

// add sorts one trial into its group by the status of its newest run.
func (g *group) add(ctx context.Context, s *tracker.Store, t tracker.Trial, metric string, also []string) error {
	run := t.Run
	if run == nil {
		g.missing = append(g.missing, Missing{t.Variant, t.Seed, tracker.Planned})
		return nil
	}
	if g.params == 0 {
		g.params = run.Parameters
	}
	if reason, yes := run.Excluded(); yes {
		g.excluded = append(g.excluded, Exclusion{t.Seed, run.ID, reason})
		return nil
	}
	switch run.Status {
	case tracker.Finished:
	case tracker.Failed:
		g.failures = append(g.failures, Failure{t.Seed, run.ID, run.Error})
		return nil
	default:
		g.missing = append(g.missing, Missing{t.Variant, t.Seed, run.Status})
		return nil
	}
	infos, err := s.MetricInfos(ctx, run.ID)
	if err != nil {
		return fmt.Errorf("run %s: %w", run.ID, err)
	}
	if value, ok := run.Metrics[metric]; !ok {
		g.silent = append(g.silent, t.Seed)
	} else {
		g.values = append(g.values, SeedValue{Seed: t.Seed, Run: run.ID, Value: value, Backend: backendOf(run)})
		g.info[metric] = append(g.info[metric], infos[metric])
	}
	for _, name := range also {
		if value, ok := run.Metrics[name]; ok {
			g.info[name] = append(g.info[name], infos[name])
			g.also[name] = append(g.also[name], float64(value))
		}
	}
	return nil
}

// backendOf is the backend of the run's last attempt.
func backendOf(run *tracker.Run) string {
	if len(run.Attempts) == 0 {
		return ""
	}
	return run.Attempts[len(run.Attempts)-1].Info.Backend
}

// finite returns the values that can be averaged and their seeds.
func (g *group) finite() (seeds []int64, x []float64) {
	for _, v := range g.values {
		if isFinite(float64(v.Value)) {
			seeds = append(seeds, v.Seed)
			x = append(x, float64(v.Value))
		}
	}
	return seeds, x
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
