package tracker

import (
	"context"
	"fmt"
	"testing"
)

// BenchmarkFilter filters and orders 100,000 runs of 20 params and 20 metrics: the first page of 50, a deep one, and the count.
func BenchmarkFilter(b *testing.B) {
	s := newStore(b, Options{})
	manyRuns(b, s, 100_000)
	if err := s.maintain(b.Context(), 0); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, where, order string }{
		{"metrics", "metric/03 < 0.5 and min(metric/05) < 0.5", "metric/07 desc"},
		{"params", "train.param_18 > 0.5 and train.param_03 = v1", "train.param_19"},
		{"mixed", "(train.param_10 >= 3 or metric/01 > 0.9) and status = finished and not experiment like 'sweep-1%'", "max(metric/02)"},
		{"few", "metric/03 < 0.1 and train.param_18 < 0.02", "metric/07"},
		{"all", "", "mean(metric/04) desc"},
	} {
		q, err := s.ParseQuery(b.Context(), c.where, c.order)
		if err != nil {
			b.Fatal(err)
		}
		q.Limit = 50
		b.Run(c.name+"/first", func(b *testing.B) { page(b, s, q) })
		deep := q
		deep.After = deepCursor(b, s, q)
		b.Run(c.name+"/deep", func(b *testing.B) { page(b, s, deep) })
		b.Run(c.name+"/count", func(b *testing.B) {
			waits := newWaits(b)
			for b.Loop() {
				waits.time(func() {
					if _, err := s.CountRuns(context.Background(), q.Where); err != nil {
						b.Fatal(err)
					}
				})
			}
			waits.report(50, 95)
		})
	}
}

func page(b *testing.B, s *Store, q Query) {
	waits := newWaits(b)
	for b.Loop() {
		waits.time(func() {
			if _, err := s.Query(context.Background(), q); err != nil {
				b.Fatal(err)
			}
		})
	}
	waits.report(50, 95)
}

// deepCursor is a place in the middle of the order.
func deepCursor(b *testing.B, s *Store, q Query) string {
	q.Limit = 1
	set, err := s.selected(b.Context(), q.Where)
	if err != nil {
		b.Fatal(err)
	}
	q.Limit = int(set.Count()) / 2
	tx, err := s.read.Begin()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	w := &walk{ctx: b.Context(), q: tx, set: set, order: q.Order, limit: q.Limit}
	numbers, err := w.from("")
	if err != nil || len(numbers) == 0 {
		b.Fatal(len(numbers), err)
	}
	cursor, err := w.after(numbers[len(numbers)-1])
	if err != nil {
		b.Fatal(err)
	}
	return cursor
}

// BenchmarkParseQuery is what a page asks at each key: names, types and the tree.
func BenchmarkParseQuery(b *testing.B) {
	s := newStore(b, Options{})
	manyRuns(b, s, 20_000)
	for b.Loop() {
		if _, err := s.ParseQuery(b.Context(), "metric/03 < 0.5 and train.param_03 = v1 and variant like 'variant-1%'", "metric/07"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFilterSmall filters 2,000 runs by a param and a metric and orders them by the metric, as the scripts of other
// trackers do.
func BenchmarkFilterSmall(b *testing.B) {
	s := newStore(b, Options{})
	manyRuns(b, s, 2000)
	q, err := s.ParseQuery(b.Context(), "train.param_18 > 0.001 and metric/03 < 0.5", "metric/03")
	if err != nil {
		b.Fatal(err)
	}
	q.Limit = 50
	page(b, s, q)
}

// BenchmarkRuns lists 2,000 runs with their last values.
func BenchmarkRuns(b *testing.B) {
	s := newStore(b, Options{})
	for i := range 2000 {
		a := begin(b, s, addRun(b, s, "e", "baseline", int64(i), fmt.Sprint(i)).ID, nil)
		put(b, s, a, 1, at("train/loss", 1, 1), at("val/loss", 1, 1))
		if err := a.End(context.Background(), Finished, ""); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if runs, err := s.Runs(context.Background(), RunFilter{}); err != nil || len(runs) != 2000 {
			b.Fatal(len(runs), err)
		}
	}
}
