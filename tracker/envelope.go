package tracker

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
)

// Envelope is a series at a width: buckets that stand for consecutive points, none of them left out.
type Envelope struct {
	Buckets []Bucket
	// Points is how many points the buckets stand for.
	Points int64
}

// Envelope reads a series of a run at a width: in at most width + 2 buckets, whose extremes are those of the points. It is
// the same for a running and a finished run. Where something is damaged, the rest is returned with an error that names it.
//
// Buckets hold a power of two of points and are counted from the series' beginning, so that they stay the same when points
// arrive, until their size doubles.
func (s *Store) Envelope(ctx context.Context, run string, q Series, width int) (Envelope, error) {
	var e Envelope
	err := s.view(ctx, run, q, func(v *view, i, j int) (err error) {
		size := bucketSize(j-i, max(width, 1))
		e.Buckets, err = v.buckets(ctx, i, j, size)
		return err
	})
	for _, b := range e.Buckets {
		e.Points += b.Count
	}
	if err != nil {
		return e, fmt.Errorf("read %s of run %s: %w", q.Metric, run, err)
	}
	return e, nil
}

// Envelopes reads a series of several runs at a width, in the order of the runs: for a comparison. It uses all cores. Where
// something is damaged, the rest is returned with an error that names it.
func (s *Store) Envelopes(ctx context.Context, runs []string, q Series, width int) ([]Envelope, error) {
	all, errs := make([]Envelope, len(runs)), make([]error, len(runs))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(runs)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(runs); i = int(next.Add(1)) - 1 {
				all[i], errs[i] = s.Envelope(ctx, runs[i], q, width)
			}
		})
	}
	workers.Wait()
	return all, errors.Join(errs...)
}

// bucketSize is the smallest power of two that brings n points into width buckets.
func bucketSize(n, width int) int {
	if n <= width {
		return 1
	}
	return 1 << bits.Len(uint((n-1)/width))
}

// buckets folds the points from i to before j, a bucket at every multiple of size.
func (v *view) buckets(ctx context.Context, i, j, size int) ([]Bucket, error) {
	if err := v.prepare(ctx, i, j, size); err != nil {
		return nil, err
	}
	all := make([]Bucket, 0, (j-i)/size+2)
	for i < j {
		end := min((i/size+1)*size, j)
		if b := v.fold(i, end); b.Count > 0 {
			all = append(all, b)
		}
		i = end
	}
	return all, nil
}

// prepare reads as much of each piece as buckets of that size need: its points at the ends of the range, and everywhere
// where the buckets are small; else its levels, and nothing where whole pieces are folded.
func (v *view) prepare(ctx context.Context, i, j, size int) error {
	first, end := i/chunkPoints, (j+chunkPoints-1)/chunkPoints
	if size < levelPoints {
		return v.load(ctx, first, end)
	}
	if size < chunkPoints {
		if err := v.loadLevels(ctx, first, end); err != nil {
			return err
		}
	}
	for _, cut := range []int{i, j} {
		k := cut / chunkPoints
		if cut%chunkPoints == 0 || k >= len(v.pieces) {
			continue
		}
		if err := v.loadLevels(ctx, k, k+1); err != nil {
			return err
		}
		if cut%levelPoints != 0 && cut != v.len() {
			if err := v.load(ctx, k, k+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// fold merges the points from i to before j: whole pieces, whole levels, then single points. What is damaged is left out.
func (v *view) fold(i, j int) Bucket {
	sum := emptyBucket()
	for i < j {
		p := &v.pieces[i/chunkPoints]
		at, count := i%chunkPoints, int(p.top.Count)
		switch {
		case at == 0 && i+max(count, 1) <= j:
			sum.merge(p.top)
			i += chunkPoints
		case at%levelPoints == 0 && i+min(levelPoints, count-at) <= j && p.levels != nil:
			sum.merge(p.levels[at/levelPoints])
			i += levelPoints
		default:
			next := min(i-at%levelPoints+levelPoints, j)
			sum.merge(v.points(p, at, at+next-i))
			i = next
		}
	}
	return sum
}

// points folds a few points of a piece.
func (v *view) points(p *piece, from, to int) Bucket {
	b := emptyBucket()
	if p.cols == nil {
		return b
	}
	for at := from; at < min(to, p.cols.len()); at++ {
		b.add(p.cols.steps[at], p.cols.times[at], p.cols.values[at])
	}
	return b
}
