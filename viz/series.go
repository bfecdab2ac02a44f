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
	// points are what lines go through; those beside the window, by which it is smoothed, included. Each stands for as many as
	// bundled recorded ones, and is then their mean.
	points  []xy
	bundled int
	// raw is what was recorded in the window: the points, or the lowest and the highest of each bundle, and what is no number.
	raw    []xy
	broken [3]int // values of raw that are no finite numbers, by kind
	// recorded counts the points in the window; repeated those of places that were recorded again, of which the last counts.
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
	spots, err := readSpots(ctx, r.store, run, q, r.request.X, r.smooth.margin(r.window()))
	if err != nil && spots == nil {
		return err
	}
	s.damage = err
	s.take(spots, r.window())
	return nil
}

// take makes points of spots.
func (s *series) take(spots []spot, w window) {
	s.points, s.raw, s.broken = make([]xy, 0, len(spots)), nil, [3]int{}
	s.recorded, s.repeated, s.bundled = 0, 0, 1
	sorted := true
	for _, p := range spots {
		at := p.x + (p.last-p.x)/2
		sorted = sorted && (len(s.points) == 0 || s.points[len(s.points)-1].x < at)
		s.points, s.bundled = append(s.points, xy{at, p.value()}), max(s.bundled, int(p.Count))
		if w.has(at) {
			s.recorded += int(p.Count)
			s.broken[notNumber] += int(p.NaN)
			s.broken[plusInfinity] += int(p.PosInf)
			s.broken[minusInfinity] += int(p.NegInf)
			s.raw = append(s.raw, p.raw()...)
		}
	}
	if sorted && s.bundled > 1 {
		return
	}
	if !sorted {
		s.points = lastOfPlace(s.points)
		s.repeated = len(spots) - len(s.points)
	}
	s.raw = w.cut(s.points)
	s.broken = countBroken(s.raw)
}

// value is a point's, or the mean of several; what is no number counts where there is nothing else.
func (p spot) value() float64 {
	switch {
	case p.Finite() > 0:
		return p.Sum / float64(p.Finite())
	case p.NaN > 0 || p.PosInf > 0 && p.NegInf > 0:
		return notDefined
	case p.PosInf > 0:
		return -minusInf
	}
	return minusInf
}

// raw is the lowest and the highest of several points, and a value of each kind that is no number.
func (p spot) raw() (all []xy) {
	for _, kind := range []struct {
		n     int64
		value float64
	}{{p.NaN, notDefined}, {p.PosInf, -minusInf}, {p.NegInf, minusInf}} {
		if kind.n > 0 {
			all = append(all, xy{p.x, kind.value})
		}
	}
	if p.Finite() > 0 {
		all = append(all, xy{p.x, p.Min}, xy{p.last, p.Max})
	}
	return all
}

// countBroken counts the values that are no finite numbers, by kind.
func countBroken(points []xy) (n [3]int) {
	for _, p := range points {
		if kind, isBroken := brokenKind(p.y); isBroken {
			n[kind]++
		}
	}
	return n
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
