package notebooks

import (
	"context"

	"inkstone/tracker"
)

// Choice says what of chosen runs is compared; what is empty is decided by Compare's rules and the runs themselves.
type Choice struct {
	// Group says which runs go together (tracker.GroupRuns).
	Group                  string
	Metric, Goal, Baseline string
}

// Of groups runs, and takes the goal from their experiments where they agree on it.
func (c Choice) Of(ctx context.Context, s *tracker.Store, runs []tracker.Run) (Comparison, error) {
	groups, err := tracker.GroupRuns(runs, c.Group)
	if err != nil {
		return Comparison{}, err
	}
	comparison := Comparison{Groups: groups, Metric: c.Metric, Goal: c.Goal, Baseline: c.Baseline}
	if comparison.Goal == "" {
		comparison.Goal = declaredGoal(ctx, s, runs, c.Metric)
	}
	return comparison, nil
}

// declaredGoal is what the experiments of runs say of a metric; "" where they say nothing, or not the same.
func declaredGoal(ctx context.Context, s *tracker.Store, runs []tracker.Run, metric string) string {
	goal, seen := "", map[string]bool{}
	for _, run := range runs {
		if seen[run.Experiment] {
			continue
		}
		seen[run.Experiment] = true
		plan, err := s.Plan(ctx, run.Experiment)
		if err != nil || plan.Compare.Metric != metric { // a run may be of no planned experiment
			continue
		}
		if goal != "" && goal != plan.Compare.Goal {
			return ""
		}
		goal = plan.Compare.Goal
	}
	return goal
}
