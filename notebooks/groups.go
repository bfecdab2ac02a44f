package notebooks

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"inkstone/tracker"
)

// Comparison asks for the table of groups that no experiment declared.
type Comparison struct {
	Groups []tracker.RunGroup
	Metric string
	// Goal is "minimize", "maximize", or empty where better and worse are unknown.
	Goal string
	// Baseline is the name of the group that the others are compared with: "baseline" or else the first, where it is empty.
	Baseline string
	// Also are further metrics, shown without a test.
	Also []string
}

// Compare computes the table of groups of runs, with the same statistics and the same refusals as Table. Of runs of one group and
// seed one counts (tracker.RunGroup.Counting), and a warning tells of the others. The table says that the groups were chosen
// after the fact.
func Compare(ctx context.Context, s *tracker.Store, c Comparison) (*AblationTable, error) {
	if len(c.Groups) == 0 {
		return nil, fmt.Errorf("compare runs: %w", refuse(tracker.ErrInvalid, "no runs are chosen"))
	}
	plan, repeated := c.plan()
	t, err := tabulate(ctx, s, plan, c.Metric)
	if err != nil {
		return nil, fmt.Errorf("compare runs: %w", err)
	}
	t.Chosen = true
	if len(c.Groups) > 1 {
		t.Warnings = append(t.Warnings, "these groups were chosen when their runs were known: p describes them, and tests nothing that was declared before")
	}
	if repeated > 0 {
		t.Warnings = append(t.Warnings, fmt.Sprintf("%s left out: the newest finished run of a group and seed counts", count(repeated, "older run")))
	}
	return t, nil
}

// plan makes groups look like a plan's variants; repeated counts the runs that are not in it.
func (c Comparison) plan() (plan tracker.Plan, repeated int) {
	plan.Compare = tracker.Compare{Metric: c.Metric, Goal: c.Goal, Baseline: c.baseline(), Also: c.Also}
	for _, g := range c.Groups {
		plan.Variants = append(plan.Variants, tracker.Variant{Name: g.Name})
		runs, older := g.Counting()
		repeated += older
		for _, run := range runs {
			plan.Trials = append(plan.Trials, tracker.Trial{Variant: g.Name, Seed: run.Seed, Run: &run})
		}
	}
	slices.SortFunc(plan.Trials, func(a, b tracker.Trial) int {
		return cmp.Or(cmp.Compare(a.Seed, b.Seed), cmp.Compare(a.Variant, b.Variant))
	})
	return plan, repeated
}

func (c Comparison) baseline() string {
	if c.Baseline != "" {
		return c.Baseline
	}
	if slices.ContainsFunc(c.Groups, func(g tracker.RunGroup) bool { return g.Name == "baseline" }) {
		return "baseline"
	}
	return c.Groups[0].Name
}
