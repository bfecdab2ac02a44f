package viz

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sort"

	"inkstone/tracker"
)

// timeAxis is the name of the axis of seconds since a run began.
const timeAxis = "time"

// axisLabel names a horizontal axis.
func axisLabel(x, unit string) string {
	switch x {
	case "":
		return "step"
	case timeAxis:
		return "seconds since the run began"
	}
	return label(x, unit)
}

// over is how a caption speaks of the axis.
func over(x string) string {
	switch x {
	case "":
		return "training steps"
	case timeAxis:
		return "the seconds since each run began, pauses between attempts included"
	}
	return x
}

// window is the part of an axis that is read; a nil bound is the data's own end.
type window struct{ from, to *float64 }

// whole are the window's bounds, scaled, as whole numbers within it.
func (w window) whole(scale, offset float64) (from, to *int64) {
	round := func(bound *float64, up bool) *int64 {
		if bound == nil {
			return nil
		}
		v := *bound*scale + offset
		if v = math.Floor(v); up && v < *bound*scale+offset {
			v++
		}
		n := int64(max(min(v, math.MaxInt64/2), math.MinInt64/2))
		return &n
	}
	return round(w.from, true), round(w.to, false)
}

// exactPoints is how many points of a series are read one by one; where there are more, consecutive ones are read as one, from
// the pyramid: their mean, with their lowest and highest.
const exactPoints = 4096

// place is where a step and a time, in Unix microseconds, lie on an axis.
type place func(step, micros int64) float64

// readBuckets reads a run's series along an axis: by its steps, its times, or what another metric had grown to by then. Without
// that metric there is no place for a point. Where something is damaged, the rest comes with the error.
func readBuckets(ctx context.Context, s *tracker.Store, run tracker.Run, q tracker.Series, x string, w window) ([]tracker.Bucket, place, error) {
	at := place(func(step, _ int64) float64 { return float64(step) })
	switch x {
	case "":
		q.From, q.To = w.whole(1, 0)
	case timeAxis:
		began := float64(run.Started.UnixMicro())
		q.Axis = tracker.ByTime
		q.From, q.To = w.whole(1e6, began)
		at = func(_, micros int64) float64 { return (float64(micros) - began) / 1e6 }
	default:
		m, err := s.AxisMap(ctx, run.ID, tracker.Series{Metric: x})
		if errors.Is(err, tracker.ErrNotFound) {
			return nil, at, nil
		}
		if err != nil {
			return nil, at, err
		}
		first, last, ok := m.Steps(bound(w.from, math.Inf(-1)), bound(w.to, math.Inf(1)))
		if !ok {
			return nil, at, nil
		}
		q.From, q.To = &first, &last
		at = func(step, _ int64) float64 { return m.At(step) }
	}
	e, err := s.Envelope(ctx, run.ID, q, exactPoints)
	if err == nil && !together(e.Buckets) {
		e.Buckets, err = readSingly(ctx, s, run.ID, q)
	}
	if err != nil && !errors.Is(err, tracker.ErrInvalid) {
		return nil, at, err
	}
	return e.Buckets, at, err
}

// together tells whether points may be taken together: not where steps go back, since of a step that was recorded again the last
// value counts.
func together(buckets []tracker.Bucket) bool {
	back, bundled := false, false
	for i := range buckets {
		b := &buckets[i]
		back = back || b.StepsBack || i > 0 && b.FirstStep <= buckets[i-1].LastStep
		bundled = bundled || b.Count > 1
	}
	return !back || !bundled
}

// readSingly reads a bucket for each point.
func readSingly(ctx context.Context, s *tracker.Store, run string, q tracker.Series) ([]tracker.Bucket, error) {
	points, err := s.Points(ctx, run, q)
	all := make([]tracker.Bucket, len(points))
	for i, p := range points {
		all[i] = bucketOf(p)
	}
	return all, err
}

// bucketOf is a bucket of one point.
func bucketOf(p tracker.Point) tracker.Bucket {
	micros, v := p.Time.UnixMicro(), float64(p.Value)
	b := tracker.Bucket{Count: 1, FirstStep: p.Step, LastStep: p.Step, FirstTime: micros, LastTime: micros, Min: math.Inf(1), Max: math.Inf(-1)}
	switch kind, isBroken := brokenKind(v); {
	case !isBroken:
		b.Min, b.Max, b.Sum = v, v, v
	case kind == notNumber:
		b.NaN = 1
	case kind == plusInfinity:
		b.PosInf = 1
	default:
		b.NegInf = 1
	}
	return b
}

func bound(b *float64, otherwise float64) float64 {
	if b == nil {
		return otherwise
	}
	return *b
}

// onGrid brings series to common places on an axis: to all where any of them has a point, so that no extreme is lost. Between
// its points a series is linear; beyond them it has no values.
func onGrid(all [][]xy) [][]xy {
	grid := union(all)
	out := make([][]xy, len(all))
	for i, points := range all {
		out[i] = interpolate(points, grid)
	}
	return out
}

// interpolate is a series at given places, as far as it reaches.
func interpolate(points []xy, grid []float64) []xy {
	var out []xy
	j := 0
	for _, x := range grid {
		for j < len(points) && points[j].x < x {
			j++
		}
		switch {
		case j == len(points):
			return out
		case points[j].x == x:
			out = append(out, points[j])
		case j > 0:
			a, b := points[j-1], points[j]
			out = append(out, xy{x, a.y + (x-a.x)/(b.x-a.x)*(b.y-a.y)})
		}
	}
	return out
}

// widened is a window with room on both sides.
func (w window) widened(before, behind float64) window {
	move := func(b *float64, by float64) *float64 {
		if b == nil {
			return nil
		}
		moved := *b + by
		return &moved
	}
	return window{move(w.from, -before), move(w.to, behind)}
}

func (w window) has(x float64) bool {
	return (w.from == nil || x >= *w.from) && (w.to == nil || x <= *w.to)
}

// cut leaves the points within the window.
func (w window) cut(points []xy) []xy {
	from, to := bound(w.from, math.Inf(-1)), bound(w.to, math.Inf(1))
	first := sort.Search(len(points), func(i int) bool { return points[i].x >= from })
	end := sort.Search(len(points), func(i int) bool { return points[i].x > to })
	return points[first:max(first, end)]
}

// fact says which part of the axis is shown.
func (w window) fact(label string) []string {
	switch {
	case w.from == nil && w.to == nil:
		return nil
	case w.from == nil:
		return []string{fmt.Sprintf("Shown up to %s %s, read again with every point there.", label, plain(*w.to))}
	case w.to == nil:
		return []string{fmt.Sprintf("Shown from %s %s on, read again with every point there.", label, plain(*w.from))}
	}
	return []string{fmt.Sprintf("Shown from %s %s to %s, read again with every point there.", label, plain(*w.from), plain(*w.to))}
}
