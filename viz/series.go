package viz

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"inkstone/tracker"
)

// series is a metric of one trial over its steps: ascending, one value a step.
type series struct {
	variant string
	seed    int64
	status  tracker.Status
	key     string
	points  []xy
	// recorded counts all points; repeated those of steps that were recorded again, of which the last counts.
	recorded, repeated int
	damage             error
}

func (s series) name() string { return fmt.Sprintf("%s, seed %d", s.variant, s.seed) }

// recording is a metric of all trials of an experiment's plan, by variant and then by seed.
type recording struct {
	plan         tracker.Plan
	metric, unit string
	series       []series
}

// read reads a metric of an experiment. A metric that no run has and none will have is an error; one that has no points
// yet is not.
func read(ctx context.Context, s *tracker.Store, experiment, metric string) (*recording, error) {
	plan, err := s.Plan(ctx, experiment)
	if err != nil {
		return nil, err
	}
	r := &recording{plan: plan, metric: metric}
	var runs []tracker.Run
	declared := metric == plan.Compare.Metric || slices.Contains(plan.Compare.Also, metric)
	for _, variant := range plan.Variants {
		for _, trial := range plan.Trials {
			if trial.Variant != variant.Name {
				continue
			}
			one := series{variant: trial.Variant, seed: trial.Seed, status: tracker.Planned}
			if trial.Run != nil {
				runs = append(runs, *trial.Run)
				info, found, err := one.read(ctx, s, *trial.Run, metric)
				if err != nil {
					return nil, err
				}
				declared = declared || found
				if r.unit == "" {
					r.unit = info.Unit
				}
			}
			r.series = append(r.series, one)
		}
	}
	if !declared {
		return r, knownMetrics(fmt.Sprintf("experiment %q", experiment), metric, runs)
	}
	return r, nil
}

// read fills in the points of a run's metric. Found: the metric was declared or has points.
func (s *series) read(ctx context.Context, store *tracker.Store, run tracker.Run, metric string) (tracker.MetricInfo, bool, error) {
	s.status = run.Status
	infos, err := store.MetricInfos(ctx, run.ID)
	if err != nil {
		return tracker.MetricInfo{}, false, err
	}
	info, found := infos[metric]
	s.key = info.Key
	points, err := store.Points(ctx, run.ID, tracker.Series{Metric: metric})
	if err != nil && !errors.Is(err, tracker.ErrInvalid) {
		return info, found, err
	}
	s.damage, s.recorded = err, len(points)
	s.points = make([]xy, 0, len(points))
	sorted := true
	for _, p := range points {
		next := xy{float64(p.Step), float64(p.Value)}
		sorted = sorted && (len(s.points) == 0 || s.points[len(s.points)-1].x < next.x)
		s.points = append(s.points, next)
	}
	if !sorted {
		s.points = lastOfStep(s.points)
		s.repeated = s.recorded - len(s.points)
	}
	return info, found || len(points) > 0, nil
}

// lastOfStep sorts points by step and keeps the one of each that was recorded last.
func lastOfStep(points []xy) []xy {
	slices.SortStableFunc(points, func(a, b xy) int {
		switch {
		case a.x < b.x:
			return -1
		case a.x > b.x:
			return 1
		}
		return 0
	})
	last := points[:0]
	for i, p := range points {
		if i+1 == len(points) || points[i+1].x != p.x {
			last = append(last, p)
		}
	}
	return last
}

// knownMetrics is the error of a metric that no run has. Where the runs have no metrics at all yet, there is none.
func knownMetrics(of, metric string, runs []tracker.Run) error {
	var names []string
	for _, run := range runs {
		for name := range run.Metrics {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return fmt.Errorf("%w: %s has no metric %q; it has %s", tracker.ErrNotFound, of, metric, strings.Join(names, ", "))
}

// of is the series of a variant that have points.
func (r *recording) of(variant string) []series {
	var some []series
	for _, s := range r.series {
		if s.variant == variant && len(s.points) > 0 {
			some = append(some, s)
		}
	}
	return some
}

func values(all []series) [][]xy {
	points := make([][]xy, len(all))
	for i, s := range all {
		points[i] = s.points
	}
	return points
}

// label names a metric with its unit.
func label(metric, unit string) string {
	if unit == "" {
		return metric
	}
	return metric + " (" + unit + ")"
}
