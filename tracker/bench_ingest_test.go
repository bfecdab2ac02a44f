package tracker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// lossesOf are n noisy samples of some series in turn, as training logs them.
func lossesOf(n int, metrics ...string) []Sample {
	c := noisy(n)
	samples := make([]Sample, n)
	for i := range samples {
		at := c.point(i / len(metrics))
		samples[i] = Sample{Metric: metrics[i%len(metrics)], Step: at.Step, Time: at.Time, Value: c.values[i]}
	}
	return samples
}

// BenchmarkWrite appends batches of 1,000 points from one goroutine, each acknowledged, to the store and to the naive schema.
func BenchmarkWrite(b *testing.B) {
	batch := lossesOf(1000, "train/loss", "train/grad_norm")
	report := func(b *testing.B, batches int64) {
		b.ReportMetric(float64(batches)*float64(len(batch))/b.Elapsed().Seconds()/1e6, "Mpoints/s")
	}
	b.Run("store", func(b *testing.B) {
		s := newStore(b, Options{})
		a := begin(b, s, addRun(b, s, "e", "baseline", 1, "d").ID, nil)
		sequence := int64(0)
		for b.Loop() {
			sequence++
			put(b, s, a, sequence, batch...)
		}
		report(b, sequence)
	})
	b.Run("row-per-point", func(b *testing.B) {
		rows, batches := newNaive(b), int64(0)
		for b.Loop() {
			rows.write(batch, batches*int64(len(batch)))
			batches++
		}
		report(b, batches)
	})
}

// BenchmarkIngest lets goroutines append at once, each call durable: the group that shares a transaction.
func BenchmarkIngest(b *testing.B) {
	for _, c := range []struct{ writers, size int }{{8, 1000}, {8, 100}, {32, 1}} {
		b.Run(fmt.Sprintf("%dx%d", c.writers, c.size), func(b *testing.B) {
			s := newStore(b, Options{})
			waits := newWaits(b)
			appendAtOnce(b, s, c.writers, lossesOf(c.size, "train/loss", "train/grad_norm"), waits)
			calls := float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(calls*float64(c.size)/1e6, "Mpoints/s")
			b.ReportMetric(calls/syncRate(b), "calls/fsync")
			waits.report(50, 99)
		})
	}
}

// appendAtOnce appends a batch b.N times, from as many goroutines as there are writers, each with a run of its own.
func appendAtOnce(b *testing.B, s *Store, writers int, samples []Sample, waits *waits) {
	attempts := make([]*Attempting, writers)
	for w := range attempts {
		attempts[w] = begin(b, s, addRun(b, s, "e", "baseline", int64(w), fmt.Sprint("d", w)).ID, nil)
	}
	var left atomic.Int64
	var working sync.WaitGroup
	left.Store(int64(b.N))
	b.ResetTimer()
	for _, a := range attempts {
		working.Go(func() {
			for sequence := int64(1); left.Add(-1) >= 0; sequence++ {
				waits.time(func() {
					if err := s.Append(context.Background(), Batch{a.run, a.number, sequence, samples}); err != nil {
						b.Error(err)
					}
				})
			}
		})
	}
	working.Wait()
	b.StopTimer()
}

// syncRate is how often a second the disk takes a page for good.
func syncRate(b *testing.B) float64 {
	f, err := os.Create(filepath.Join(b.TempDir(), "page"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	const times = 500
	page, began := make([]byte, 4096), time.Now()
	for range times {
		if _, err := f.Write(page); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	return times / time.Since(began).Seconds()
}

// BenchmarkProcesses lets processes append 50 batches of 100 points a second each, beside an owner who compacts all the time.
func BenchmarkProcesses(b *testing.B) {
	const processes = 8
	s := newStore(b, Options{})
	waits := newWaits(b)
	for b.Loop() {
		writers := make([]*helper, processes)
		for i := range writers {
			writers[i] = startHelper(b, "write", s.dir, addRun(b, s, "e", "baseline", int64(i), "d").ID)
		}
		stop := compactMeanwhile(b, s)
		answers := make(chan []time.Duration, processes)
		for _, w := range writers {
			go func() {
				var took []time.Duration
				w.answer(&took)
				answers <- took
			}()
		}
		for range writers {
			waits.add(<-answers...)
		}
		stop()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(len(waits.all))/float64(b.N), "batches")
	waits.report(50, 99, 100)
}

// compactMeanwhile does an owner's rounds ten times as often as Maintain, until it is stopped.
func compactMeanwhile(b *testing.B, s *Store) (stop func()) {
	done, ctx := make(chan struct{}), context.Background()
	var working sync.WaitGroup
	working.Go(func() {
		for {
			floor, err := s.Version(ctx)
			select {
			case <-done:
				return
			case <-time.After(maintainEvery / 10):
			}
			if err == nil {
				err = s.maintain(ctx, floor)
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	return func() { close(done); working.Wait() }
}

// writeForBench is one of the processes of BenchmarkProcesses: five seconds of 50 batches, and how long each took.
func writeForBench(s *Store, run string) (any, error) {
	a, err := s.BeginAttempt(context.Background(), run, AttemptInfo{}, nil)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	samples := lossesOf(100, "loss", "grad_norm", "rate", "speed", "memory", "entropy", "accuracy", "norm", "clip", "time")
	took := make([]time.Duration, 250)
	for i := range took {
		<-tick.C
		began := time.Now()
		if err := s.Append(context.Background(), Batch{run, a.Number(), int64(i + 1), samples}); err != nil {
			return nil, err
		}
		took[i] = time.Since(began)
	}
	return took, a.End(context.Background(), Finished, "")
}
