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

// read fills in a run's points, and finds what its metrics are.
func (s *series) read(ctx context.Context, r *Reading, run tracker.Run) (map[string]tracker.MetricInfo, error) {
	s.run, s.status = run.ID, run.Status
	infos, err := r.store.MetricInfos(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	s.key = infos[r.request.Metric].Key
	return infos, s.readPoints(ctx, r, run)
}

func (s *series) readPoints(ctx context.Context, r *Reading, run tracker.Run) error {
	q := tracker.Series{Metric: r.request.Metric, Context: r.request.Context}
	buckets, place, err := readBuckets(ctx, r.store, run, q, r.request.X, r.smooth.margin(r.window()))
	if err != nil && buckets == nil {
		return err
	}
	s.damage = err
	s.take(buckets, place, r.window())
	return nil
}

// take makes points of buckets, each of which stands for one or several.
func (s *series) take(buckets []tracker.Bucket, place place, w window) {
	s.points, s.raw, s.broken = make([]xy, len(buckets)), nil, [3]int{}
	s.recorded, s.repeated, s.bundled = 0, 0, 1
	sorted := true
	for i := range buckets {
		b := &buckets[i]
		first := place(b.FirstStep, b.FirstTime)
		at := first
		if b.Count > 1 {
			at += (place(b.LastStep, b.LastTime) - first) / 2
			s.bundled = max(s.bundled, int(b.Count))
		}
		sorted = sorted && (i == 0 || s.points[i-1].x < at)
		s.points[i] = xy{at, valueOf(b)}
		if w.has(at) {
			s.recorded += int(b.Count)
			s.broken[notNumber] += int(b.NaN)
			s.broken[plusInfinity] += int(b.PosInf)
			s.broken[minusInfinity] += int(b.NegInf)
		}
	}
	switch {
	case !sorted:
		s.points = lastOfPlace(s.points)
		s.repeated = len(buckets) - len(s.points)
		s.raw = w.cut(s.points)
		s.broken = countBroken(s.raw)
	case s.bundled == 1:
		s.raw = w.cut(s.points)
	default:
		for i, b := range buckets {
			if w.has(s.points[i].x) {
				s.raw = appendRaw(s.raw, b, place)
			}
		}
	}
}

// valueOf is a point's value, or the mean of several; what is no number counts where there is nothing else.
func valueOf(b *tracker.Bucket) float64 {
	switch {
	case b.Finite() > 0:
		return b.Mean()
	case b.NaN > 0 || b.PosInf > 0 && b.NegInf > 0:
		return notDefined
	case b.PosInf > 0:
		return -minusInf
	}
	return minusInf
}

// appendRaw appends the lowest and the highest of several points, and a value of each kind that is no number.
func appendRaw(all []xy, b tracker.Bucket, place place) []xy {
	first, last := place(b.FirstStep, b.FirstTime), place(b.LastStep, b.LastTime)
	for _, kind := range []struct {
		n     int64
		value float64
	}{{b.NaN, notDefined}, {b.PosInf, -minusInf}, {b.NegInf, minusInf}} {
		if kind.n > 0 {
			all = append(all, xy{first, kind.value})
		}
	}
	if b.Finite() > 0 {
		all = append(all, xy{first, b.Min}, xy{last, b.Max})
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
