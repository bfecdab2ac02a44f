package tracker

import (
	"context"
	"fmt"
	"testing"
)

// BenchmarkRead reads a folded series of 100,000 points beside another of as many.
func BenchmarkRead(b *testing.B) {
	const size, batch = 100_000, 1000
	samples := lossesOf(2*size, "train/loss", "train/grad_norm")
	report := func(b *testing.B) {
		b.ReportMetric(float64(size*b.N)/b.Elapsed().Seconds()/1e6, "Mpoints/s")
	}
	b.Run("store", func(b *testing.B) {
		s := newStore(b, Options{})
		a := begin(b, s, addRun(b, s, "e", "baseline", 1, "d").ID, nil)
		for i := 0; i < len(samples); i += batch {
			put(b, s, a, int64(i/batch+1), samples[i:i+batch]...)
		}
		foldAll(b, s)
		for b.Loop() {
			readWhole(b, s, a.run, "train/loss", size)
		}
		report(b)
	})
	b.Run("row-per-point", func(b *testing.B) {
		rows := newNaive(b)
		for i := 0; i < len(samples); i += batch {
			rows.write(samples[i:i+batch], 0)
		}
		for b.Loop() {
			if n := len(rows.read("train/loss")); n != size {
				b.Fatal(n)
			}
		}
		report(b)
	})
}

func readWhole(b *testing.B, s *Store, run, metric string, size int) []Point {
	points, err := s.Points(context.Background(), run, Series{Metric: metric})
	if err != nil || len(points) != size {
		b.Fatal(len(points), err)
	}
	return points
}

const (
	million = 1_000_000
	spike   = 100.0
)

// spikes are the steps at which a series of a million points leaps, each time for one step.
func spikes() (steps []int64) {
	for k := range int64(10) {
		steps = append(steps, million/10*k+million/20+137)
	}
	return steps
}

// spiked is a store with one folded series of a million noisy points with spikes.
func spiked(b *testing.B) (*Store, string) {
	samples := lossesOf(million, "loss")
	for _, step := range spikes() {
		samples[step].Value = spike
	}
	s := newStore(b, Options{})
	a := begin(b, s, addRun(b, s, "e", "baseline", 1, "d").ID, nil)
	const batch = 10_000
	for i := 0; i < million; i += batch {
		put(b, s, a, int64(i/batch+1), samples[i:i+batch]...)
	}
	foldAll(b, s)
	return s, a.run
}

// BenchmarkSeries reads one series of a million points with ten spikes: every point; at the width of a page; a narrow part of
// it, around a spike; and a tenth of it. A spike that is not there fails the benchmark.
func BenchmarkSeries(b *testing.B) {
	s, run := spiked(b)
	b.Run("raw", func(b *testing.B) {
		waits := newWaits(b)
		var points []Point
		for b.Loop() {
			waits.time(func() { points = readWhole(b, s, run, "loss", million) })
		}
		for _, step := range spikes() {
			if points[step].Value != spike {
				b.Errorf("at step %d the value is %v", step, points[step].Value)
			}
		}
		waits.report(50)
	})
	for _, c := range []struct {
		name     string
		from, to int64
	}{{"envelope", 0, million - 1}, {"zoom", 344_582, 355_693}, {"tenth", 200_000, 299_999}} {
		b.Run(c.name, func(b *testing.B) { readEnvelope(b, s, run, c.from, c.to) })
	}
}

func readEnvelope(b *testing.B, s *Store, run string, from, to int64) {
	waits := newWaits(b)
	var e Envelope
	q := Series{Metric: "loss", From: &from, To: &to}
	if to-from == million-1 {
		q.From, q.To = nil, nil
	}
	for b.Loop() {
		waits.time(func() {
			var err error
			if e, err = s.Envelope(context.Background(), run, q, 1500); err != nil || e.Points != to-from+1 {
				b.Fatal(e.Points, err)
			}
		})
	}
	kept, want := 0, 0
	for _, step := range spikes() {
		if from <= step && step <= to {
			want++
			kept += spikeIn(e, step)
		}
	}
	if kept != want {
		b.Errorf("%d of %d spikes are there", kept, want)
	}
	waits.report(50)
	b.ReportMetric(float64(kept), "spikes")
}

// spikeIn is 1 where the bucket of a step reaches up to the spike.
func spikeIn(e Envelope, step int64) int {
	for _, x := range e.Buckets {
		if x.FirstStep <= step && step <= x.LastStep && x.Max == spike {
			return 1
		}
	}
	return 0
}

// BenchmarkCompare reads what a comparison of a hundred runs draws: the envelope of one series of 10,000 points of each.
func BenchmarkCompare(b *testing.B) {
	const runs, points = 100, 10_000
	s := newStore(b, Options{})
	samples := lossesOf(points, "loss")
	ids := make([]string, runs)
	for i := range ids {
		a := begin(b, s, addRun(b, s, "e", "baseline", int64(i), fmt.Sprint(i)).ID, nil)
		put(b, s, a, 1, samples...)
		ids[i] = a.run
	}
	foldAll(b, s)
	waits := newWaits(b)
	for b.Loop() {
		waits.time(func() {
			all, err := s.Envelopes(context.Background(), ids, Series{Metric: "loss"}, 1500)
			for _, e := range all {
				if err != nil || e.Points != points {
					b.Fatal(e.Points, err)
				}
			}
		})
	}
	waits.report(50, 95)
}
