package tracker

import (
	"context"
	"math/rand/v2"
	"testing"
)

// BenchmarkWindow reads windows of 100 runs anywhere among 100,000, as a page does that is scrolled, and puts all in order, as
// it does once when it is opened. Gather puts them in 20 groups with the numbers of three metrics.
func BenchmarkWindow(b *testing.B) {
	s := newStore(b, Options{})
	manyRuns(b, s, 100_000)
	if err := s.maintain(b.Context(), 0); err != nil {
		b.Fatal(err)
	}
	columns, err := s.ParseOperands(b.Context(), "metric/01, min(metric/02), max(metric/03), train.param_18, duration")
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, where, order string }{
		{"newest", "", ""}, {"metric", "metric/03 < 0.9", "metric/07 desc"}, {"param", "status = finished", "train.param_19"}, {"text", "", "variant"},
	} {
		q, err := s.ParseQuery(b.Context(), c.where, c.order)
		if err != nil {
			b.Fatal(err)
		}
		o, err := s.Arrange(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name+"/rows", func(b *testing.B) {
			random := rand.New(rand.NewPCG(1, 2))
			waits := newWaits(b)
			for b.Loop() {
				from := random.IntN(o.Len() - 100)
				waits.time(func() {
					if rows, err := s.Window(context.Background(), o, from, from+100, columns); err != nil || len(rows) != 100 {
						b.Fatal(len(rows), err)
					}
				})
			}
			waits.report(50, 95)
		})
		b.Run(c.name+"/order", func(b *testing.B) {
			waits := newWaits(b)
			for b.Loop() {
				waits.time(func() {
					if _, err := s.Arrange(context.Background(), q); err != nil {
						b.Fatal(err)
					}
				})
			}
			waits.report(50, 95)
		})
	}
}

// BenchmarkGather puts 100,000 runs in 20 groups, with the numbers of three metrics.
func BenchmarkGather(b *testing.B) {
	s := newStore(b, Options{})
	manyRuns(b, s, 100_000)
	operands, err := s.ParseOperands(b.Context(), "variant, metric/01, min(metric/02), mean(metric/03)")
	if err != nil {
		b.Fatal(err)
	}
	waits := newWaits(b)
	for b.Loop() {
		waits.time(func() {
			if groups, err := s.Gather(context.Background(), nil, operands[:1], operands[1:]); err != nil || len(groups) != 20 {
				b.Fatal(len(groups), err)
			}
		})
	}
	waits.report(50, 95)
}
