package tracker

import (
	"context"
	"fmt"
	"math"
)

// PointAt reads the newest point of a series at a step, or at the last step before it that has one; false where there is none.
func (s *Store) PointAt(ctx context.Context, run string, q Series, step int64) (p Point, ok bool, err error) {
	q.Axis, q.From, q.To = ByStep, nil, &step
	err = s.view(ctx, run, q, func(v *view, i, j int) error {
		for k := (j - 1) / chunkPoints; k >= i/chunkPoints && i < j && !ok; k-- { // behind damaged chunks stand others
			if err := v.load(ctx, k, k+1); err != nil {
				return err
			}
			best := int64(math.MinInt64)
			v.each(max(i, k*chunkPoints), min(j, (k+1)*chunkPoints), func(c *columns, at int) {
				if c.steps[at] >= best {
					best, p, ok = c.steps[at], c.point(at), true
				}
			})
		}
		return nil
	})
	if err != nil {
		return p, ok, fmt.Errorf("read %s of run %s at step %d: %w", q.Metric, run, step, err)
	}
	return p, ok, nil
}

// PointWhereBest reads a series where another one of the run is least, or, where maximize, largest: of several such steps at
// the first. It is false where one of the two has no point there.
func (s *Store) PointWhereBest(ctx context.Context, run string, q, other Series, maximize bool) (p Point, ok bool, err error) {
	all, err := s.Summaries(ctx, run)
	if err != nil {
		return p, false, err
	}
	for _, best := range all {
		if best.Metric != other.Metric || best.Context != other.Context || math.IsNaN(float64(best.Min)) {
			continue
		}
		if maximize {
			return s.PointAt(ctx, run, q, best.MaxStep)
		}
		return s.PointAt(ctx, run, q, best.MinStep)
	}
	return p, false, nil
}
