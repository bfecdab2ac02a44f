package viz

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"inkstone/tracker"
)

// series is a metric of one run over an axis: ascending, one value a place.
type series struct {
	run     string // its id; "" of a trial that has none
	variant string // or the group's name
	seed    int64
	status  tracker.Status
	key     string
	points  []xy
	// recorded counts all points; repeated those of places that were recorded again, of which the last counts.
	recorded, repeated int
	damage             error
}

func (s series) name() string { return fmt.Sprintf("%s, seed %d", s.variant, s.seed) }

// read fills in a run's points. Found: the metric was declared or has points.
func (s *series) read(ctx context.Context, r *Reading, run tracker.Run) (tracker.MetricInfo, bool, error) {
	s.run, s.status = run.ID, run.Status
	infos, err := r.store.MetricInfos(ctx, run.ID)
	if err != nil {
		return tracker.MetricInfo{}, false, err
	}
	info, found := infos[r.request.Metric]
	s.key = info.Key
	if r.axisUnit == "" {
		r.axisUnit = infos[r.request.X].Unit
	}
	if err := s.readPoints(ctx, r, run); err != nil {
		return info, found, err
	}
	return info, found || s.recorded > 0, nil
}

func (s *series) readPoints(ctx context.Context, r *Reading, run tracker.Run) error {
	q := tracker.Series{Metric: r.request.Metric, Context: r.request.Context}
	points, err := readPoints(ctx, r.store, run, q, r.request.X, r.window())
	if err != nil && points == nil {
		return err
	}
	s.damage, s.recorded, s.repeated = err, len(points), 0
	s.points = make([]xy, 0, len(points))
	sorted := true
	for _, p := range points {
		sorted = sorted && (len(s.points) == 0 || s.points[len(s.points)-1].x < p.x)
		s.points = append(s.points, p.xy)
	}
	if !sorted {
		s.points = lastOfPlace(s.points)
		s.repeated = s.recorded - len(s.points)
	}
	return nil
}

// lastOfPlace sorts points along the axis and keeps the one of each place that was recorded last.
func lastOfPlace(points []xy) []xy {
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
