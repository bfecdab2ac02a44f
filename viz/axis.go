package viz

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

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

// steps are the window's bounds as whole numbers within it.
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

// located is a point with its place on the axis.
type located struct {
	xy
	step int64
}

// readPoints reads a run's series with each point's place on an axis: its step, its time, or what another metric had grown to
// by then. Where something is damaged, the rest comes with the error.
func readPoints(ctx context.Context, s *tracker.Store, run tracker.Run, q tracker.Series, x string, w window) ([]located, error) {
	place := func(p tracker.Point) float64 { return float64(p.Step) }
	switch x {
	case "":
		q.From, q.To = w.whole(1, 0)
	case timeAxis:
		began := float64(run.Started.UnixMicro())
		q.Axis = tracker.ByTime
		q.From, q.To = w.whole(1e6, began)
		place = func(p tracker.Point) float64 { return (float64(p.Time.UnixMicro()) - began) / 1e6 }
	default:
		m, err := s.AxisMap(ctx, run.ID, tracker.Series{Metric: x})
		if errors.Is(err, tracker.ErrNotFound) {
			return nil, nil // without the axis there is no place for a point
		}
		if err != nil {
			return nil, err
		}
		if w.from != nil || w.to != nil {
			first, last, ok := m.Steps(bound(w.from, math.Inf(-1)), bound(w.to, math.Inf(1)))
			if !ok {
				return nil, nil
			}
			q.From, q.To = &first, &last
		}
		place = func(p tracker.Point) float64 { return m.At(p.Step) }
	}
	points, err := s.Points(ctx, run.ID, q)
	if err != nil && !errors.Is(err, tracker.ErrInvalid) {
		return nil, err
	}
	all := make([]located, len(points))
	for i, p := range points {
		all[i] = located{xy{place(p), float64(p.Value)}, p.Step}
	}
	return all, err
}

func bound(b *float64, otherwise float64) float64 {
	if b == nil {
		return otherwise
	}
	return *b
}

// gridPoints is how many places several series are brought to at most, where their points do not lie at the same ones.
const gridPoints = 1200

// onGrid brings series to common places on an axis: to all places where any of them has a point, or every so many of those.
// Between its points a series is linear; beyond them it has no values.
func onGrid(all [][]xy) [][]xy {
	grid := union(all)
	if every := (len(grid) + gridPoints - 1) / gridPoints; every > 1 {
		var some []float64
		for i := 0; i < len(grid); i += every {
			some = append(some, grid[i])
		}
		grid = append(some, grid[len(grid)-1])
		grid = slices.Compact(grid)
	}
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

// windowFact says which part of the axis is shown.
func (w window) fact(label string) []string {
	switch {
	case w.from == nil && w.to == nil:
		return nil
	case w.from == nil:
		return []string{fmt.Sprintf("Shown up to %s %s.", label, significant(*w.to))}
	case w.to == nil:
		return []string{fmt.Sprintf("Shown from %s %s on.", label, significant(*w.from))}
	}
	return []string{fmt.Sprintf("Shown from %s %s to %s.", label, significant(*w.from), significant(*w.to))}
}
