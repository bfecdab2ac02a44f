package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"time"
)

// Point is one value of a series. Steps may repeat and go backwards: a step is a coordinate, not a clock.
type Point struct {
	Step  int64
	Time  time.Time
	Value Value
}

// Axis is what a range is measured in.
type Axis string

// The axes of a series. ByTime counts in Unix microseconds.
const (
	ByStep Axis = "step"
	ByTime Axis = "time"
)

// appendJSON writes [step, time in Unix seconds, value]; NaN and infinities are strings.
func (p Point) appendJSON(out []byte) []byte {
	out = strconv.AppendInt(append(out, '['), p.Step, 10)
	out = strconv.AppendFloat(append(out, ','), float64(p.Time.UnixMicro())/1e6, 'f', 6, 64)
	out = append(out, ',')
	if kind := kindOf(float64(p.Value)); kind != kindNumber {
		out = strconv.AppendQuote(out, kind)
	} else {
		out = strconv.AppendFloat(out, float64(p.Value), 'g', -1, 64)
	}
	return append(out, ']')
}

// Series says which points are wanted: those of a metric in a context, all or between From and To (both included).
type Series struct {
	Metric, Context string
	Axis            Axis // ByStep if empty
	From, To        *int64
}

// Points reads a series of a run, in the order of recording. Where something is damaged, all other points are returned
// together with an error that names it.
func (s *Store) Points(ctx context.Context, run string, q Series) ([]Point, error) {
	var points []Point
	err := s.view(ctx, run, q, func(v *view, i, j int) error {
		if err := v.load(ctx, i/chunkPoints, (j+chunkPoints-1)/chunkPoints); err != nil {
			return err
		}
		points = slices.Grow(points, j-i)
		v.each(i, j, func(c *columns, at int) { points = append(points, c.point(at)) })
		return nil
	})
	if err != nil {
		return points, fmt.Errorf("read %s of run %s: %w", q.Metric, run, err)
	}
	return points, nil
}

// view opens a series in a transaction of its own and finds the range: the points from i to before j. Where the range cannot
// be found by searching, since the axis goes backwards, the view is replaced by one of the points within.
func (s *Store) view(ctx context.Context, run string, q Series, use func(v *view, i, j int) error) error {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	v, err := openView(ctx, tx, run, seriesName{q.Metric, q.Context})
	if err != nil {
		return err
	}
	i, j := 0, v.len()
	if q.From != nil || q.To != nil {
		if i, j, err = v.within(ctx, q); err != nil {
			return err
		}
	}
	err = use(v, i, j)
	return errors.Join(append(v.damaged, err)...)
}

// each visits the points from i to before j; those of damaged pieces are missing.
func (v *view) each(i, j int, visit func(c *columns, at int)) {
	for k, p := range v.pieces {
		start := k * chunkPoints
		if p.cols == nil || start >= j || start+chunkPoints <= i {
			continue
		}
		for at := max(i-start, 0); at < min(j-start, p.cols.len()); at++ {
			visit(p.cols, at)
		}
	}
}

// bounds are a bucket's first and last place on an axis, of points on it, and whether it goes backwards within.
func (q Series) bounds(b Bucket) (first, last int64, back bool) {
	if q.Axis == ByTime {
		return b.FirstTime, b.LastTime, b.TimesBack
	}
	return b.FirstStep, b.LastStep, b.StepsBack
}

func (q Series) axis(c *columns) []int64 {
	if q.Axis == ByTime {
		return c.times
	}
	return c.steps
}

// within finds the points between q's bounds.
func (v *view) within(ctx context.Context, q Series) (i, j int, err error) {
	if !v.forward(q) {
		return v.filter(ctx, q)
	}
	j = v.len()
	if q.From != nil {
		if i, err = v.search(ctx, q, *q.From); err != nil {
			return 0, 0, err
		}
	}
	if q.To != nil && *q.To+1 > *q.To { // nothing lies behind the largest number
		if j, err = v.search(ctx, q, *q.To+1); err != nil {
			return 0, 0, err
		}
	}
	return i, max(i, j), nil
}

// forward tells whether the axis never goes backwards.
func (v *view) forward(q Series) bool {
	for k, p := range v.pieces {
		first, _, back := q.bounds(p.top)
		if back || p.top.Count == 0 {
			return false
		}
		if k > 0 {
			if _, last, _ := q.bounds(v.pieces[k-1].top); first < last {
				return false
			}
		}
	}
	return true
}

// search finds the first point at or behind x on an axis that goes forward.
func (v *view) search(ctx context.Context, q Series, x int64) (int, error) {
	k := sort.Search(len(v.pieces), func(k int) bool { _, last, _ := q.bounds(v.pieces[k].top); return last >= x })
	if k == len(v.pieces) {
		return v.len(), nil
	}
	if err := v.load(ctx, k, k+1); err != nil || v.pieces[k].cols == nil {
		return k * chunkPoints, err
	}
	at, _ := slices.BinarySearch(q.axis(v.pieces[k].cols), x)
	return k*chunkPoints + at, nil
}

// filter makes the view one of the points between the bounds.
func (v *view) filter(ctx context.Context, q Series) (i, j int, err error) {
	if err := v.load(ctx, 0, v.stored); err != nil {
		return 0, 0, err
	}
	inside := &columns{}
	v.each(0, len(v.pieces)*chunkPoints, func(c *columns, at int) {
		if x := q.axis(c)[at]; (q.From == nil || x >= *q.From) && (q.To == nil || x <= *q.To) {
			inside.add(position{}, c.steps[at], c.times[at], c.values[at])
		}
	})
	v.pieces, v.stored = nil, 0
	v.addPieces(inside)
	return 0, inside.len(), nil
}

// Metrics lists the names of a run's metrics, sorted.
func (s *Store) Metrics(ctx context.Context, run string) ([]string, error) {
	names, err := collect(ctx, s.read, scanText, "SELECT DISTINCT name FROM series WHERE run = ? AND count > 0 ORDER BY name", run)
	if err != nil {
		return nil, fmt.Errorf("list the metrics of run %s: %w", run, err)
	}
	return names, nil
}
