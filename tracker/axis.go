package tracker

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
)

// AxisMap takes steps to the values of another series, such as tokens or FLOPs, which grows with them. Between its points it is
// linear, before and behind them constant, since nothing is known there.
type AxisMap struct {
	steps  []int64
	values []float64
}

// AxisMap reads a series as an axis. Where it does not grow from step to step, which makes it no axis for a width or a range,
// the error is ErrInvalid and says where: draw such a pair of series point by point, with Pairs.
func (s *Store) AxisMap(ctx context.Context, run string, q Series) (AxisMap, error) {
	q.Axis, q.From, q.To = ByStep, nil, nil
	points, err := s.Points(ctx, run, q)
	if err != nil {
		return AxisMap{}, err
	}
	m := AxisMap{}
	for _, p := range points {
		last, value := len(m.steps)-1, float64(p.Value)
		if math.IsNaN(value) || math.IsInf(value, 0) || last >= 0 && (p.Step < m.steps[last] || value < m.values[last]) {
			return AxisMap{}, fmt.Errorf("%w: %s of run %s is no axis: at step %d it is %v, and does not grow", ErrInvalid, q.Metric, run, p.Step, value)
		}
		if last >= 0 && p.Step == m.steps[last] {
			m.values[last] = value
			continue
		}
		m.steps, m.values = append(m.steps, p.Step), append(m.values, value)
	}
	if len(m.steps) == 0 {
		return AxisMap{}, fmt.Errorf("%w: run %s has no points of %s", ErrNotFound, run, q.Metric)
	}
	return m, nil
}

// At is the axis' value at a step.
func (m AxisMap) At(step int64) float64 {
	i, found := slices.BinarySearch(m.steps, step)
	switch {
	case found:
		return m.values[i]
	case i == 0:
		return m.values[0]
	case i == len(m.steps):
		return m.values[i-1]
	}
	part := float64(step-m.steps[i-1]) / float64(m.steps[i]-m.steps[i-1])
	return m.values[i-1] + part*(m.values[i]-m.values[i-1])
}

// Steps are the first and the last step at which the axis lies between two values, both included: the range to read of a
// series that is drawn over it. ok is false where there is none.
func (m AxisMap) Steps(from, to float64) (first, last int64, ok bool) {
	i := sort.Search(len(m.steps), func(i int) bool { return m.values[i] >= from })
	j := sort.Search(len(m.steps), func(j int) bool { return m.values[j] > to })
	if i > 0 { // steps between two of the axis' points lie between their values
		i--
	}
	if j == len(m.steps) {
		j--
	}
	first, last = m.steps[i], m.steps[j]
	first += int64(sort.Search(int(min(last-first, math.MaxInt32)), func(k int) bool { return m.At(first+int64(k)) >= from }))
	last -= int64(sort.Search(int(min(last-first, math.MaxInt32)), func(k int) bool { return m.At(last-int64(k)) <= to }))
	return first, last, first <= last && m.At(first) >= from && m.At(last) <= to
}

// Pair is the values of two series at one step.
type Pair struct {
	Step int64
	X, Y Value
}

// Pairs joins two series of a run by step, in the order of the second: each of its points with the newest point of the first at
// the same step. What has no partner is left out.
func (s *Store) Pairs(ctx context.Context, run string, x, y Series) ([]Pair, error) {
	across, err := s.Points(ctx, run, x)
	if err != nil {
		return nil, err
	}
	up, err := s.Points(ctx, run, y)
	if err != nil {
		return nil, err
	}
	at := make(map[int64]Value, len(across))
	for _, p := range across {
		at[p.Step] = p.Value
	}
	pairs := make([]Pair, 0, len(up))
	for _, p := range up {
		if v, ok := at[p.Step]; ok {
			pairs = append(pairs, Pair{p.Step, v, p.Value})
		}
	}
	return pairs, nil
}
