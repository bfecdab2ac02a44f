package notebooks

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"inkstone/tracker"
	"inkstone/tracker/stats"
)

// Table computes the ablation table of an experiment from its stored runs alone: the newest plan's variants and seeds, and
// the last point of the metric in the newest run of each trial. An empty metric means the one that the plan compares. It
// refuses, with a sentence that says why, where the runs measured different quantities under that name, and where no run
// recorded it.
func Table(ctx context.Context, s *tracker.Store, experiment, metric string) (*AblationTable, error) {
	t, err := compute(ctx, s, experiment, metric)
	if err != nil {
		return nil, fmt.Errorf("table of %q: %w", experiment, err)
	}
	return t, nil
}

func compute(ctx context.Context, s *tracker.Store, experiment, metric string) (*AblationTable, error) {
	plan, err := s.Plan(ctx, experiment)
	if err != nil {
		return nil, err
	}
	if plan.Compare.Baseline == "" {
		plan.Compare.Baseline = "baseline"
	}
	if goal := plan.Compare.Goal; goal != "minimize" && goal != "maximize" {
		return nil, refuse(tracker.ErrInvalid, "the plan's goal for %s is %q, not minimize or maximize, so better and worse are unknown", plan.Compare.Metric, goal)
	}
	if metric == "" {
		metric = plan.Compare.Metric
	}
	return tabulate(ctx, s, plan, metric)
}

// tabulate computes the table of a plan, or of what looks like one.
func tabulate(ctx context.Context, s *tracker.Store, plan tracker.Plan, metric string) (*AblationTable, error) {
	also := furtherMetrics(plan, metric)
	groups, err := collect(ctx, s, plan, metric, also)
	if err != nil {
		return nil, err
	}
	if err := check(ctx, s, plan, groups, metric); err != nil {
		return nil, err
	}
	t := frame(plan, groups, metric, also)
	for i := range groups {
		t.Rows = append(t.Rows, t.summarize(&groups[i]))
	}
	for i := 1; i < len(groups); i++ {
		t.compare(&t.Rows[i], &groups[i], &groups[0])
	}
	t.conclude()
	return t, nil
}

// furtherMetrics are those that the plan shows beside the one asked for.
func furtherMetrics(plan tracker.Plan, metric string) []string {
	also := []string{}
	for _, name := range append([]string{plan.Compare.Metric}, plan.Compare.Also...) {
		if name != metric && name != "" && !slices.Contains(also, name) {
			also = append(also, name)
		}
	}
	return also
}

// check refuses what cannot become a table.
func check(ctx context.Context, s *tracker.Store, plan tracker.Plan, groups []group, metric string) error {
	if len(groups) == 0 || groups[0].variant.Name != plan.Compare.Baseline {
		return refuse(tracker.ErrInvalid, "the plan declares no variant %q to compare with", plan.Compare.Baseline)
	}
	measured, silent := 0, 0
	for _, g := range groups {
		measured += len(g.values)
		silent += len(g.silent)
	}
	if measured == 0 && silent > 0 {
		return refuse(tracker.ErrNotFound, "no finished run recorded %q; %s", metric, recorded(ctx, s, plan))
	}
	return sameQuantity(groups, metric)
}

// recorded lists the metrics of the first finished run.
func recorded(ctx context.Context, s *tracker.Store, plan tracker.Plan) string {
	for _, t := range plan.Trials {
		if t.Run == nil || t.Run.Status != tracker.Finished {
			continue
		}
		names, err := s.Metrics(ctx, t.Run.ID)
		if err != nil || len(names) == 0 {
			break
		}
		slices.Sort(names)
		return "recorded are " + strings.Join(names, ", ")
	}
	return "they recorded nothing"
}

// frame is the table without its rows.
func frame(plan tracker.Plan, groups []group, metric string, also []string) *AblationTable {
	t := &AblationTable{
		Experiment: plan.Name, Question: plan.Question, Metric: metric, Unit: unit(groups, metric),
		Baseline: plan.Compare.Baseline, Declared: metric == plan.Compare.Metric,
		Comparisons: len(groups) - 1, Level: 1 - stats.Alpha, DiffLevel: 1 - stats.Alpha/float64(max(1, len(groups)-1)),
		Seeds: seedsOf(plan), Missing: []Missing{}, Rows: []Row{}, Warnings: []string{}, Also: []string{},
	}
	if t.Declared {
		t.Goal = plan.Compare.Goal
	}
	for _, g := range groups {
		t.Missing = append(t.Missing, g.missing...)
	}
	t.Interim = len(t.Missing) > 0
	for _, name := range also {
		if err := sameQuantity(groups, name); err != nil {
			t.Warnings = append(t.Warnings, fmt.Sprintf("%s is left out: its values are of different quantities", name))
			continue
		}
		t.Also = append(t.Also, name)
	}
	if w := backendWarning(groups); w != "" {
		t.Warnings = append(t.Warnings, w)
	}
	return t
}

func seedsOf(plan tracker.Plan) []int64 {
	seeds := []int64{}
	for _, t := range plan.Trials {
		if !slices.Contains(seeds, t.Seed) {
			seeds = append(seeds, t.Seed)
		}
	}
	slices.Sort(seeds)
	return seeds
}
