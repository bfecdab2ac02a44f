package tracker

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

// collectedRun is what a process finds that collects a run while others write.
type collectedRun struct {
	Took   time.Duration
	Before int64 // bytes resident, when the writers write and nothing is collected yet
	Peak   int64
	Waits  []time.Duration // of the writers, while it collects
}

const collectWriters = 4

// BenchmarkCollect deletes and collects a run of 6.5 million points in a process of its own, in which four goroutines append
// batches of 100 points meanwhile.
func BenchmarkCollect(b *testing.B) {
	if _, err := memory("VmHWM"); err != nil {
		b.Skip(err)
	}
	waits, took := newWaits(b), newWaits(b)
	peak, growth := int64(0), int64(0)
	for b.Loop() {
		s := newStore(b, Options{})
		job := []string{"collect", s.dir, largeRun(b, s, 65, 100_000)}
		for i := range collectWriters {
			job = append(job, addRun(b, s, "e", "baseline", int64(i), fmt.Sprint(i)).ID)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		var found collectedRun
		startHelper(b, job...).answer(&found)
		waits.add(found.Waits...)
		took.add(found.Took)
		peak, growth = max(peak, found.Peak), max(growth, found.Peak-found.Before)
		os.RemoveAll(s.dir)
	}
	b.ReportMetric(0, "ns/op") // most of it is the making of the run
	took.report(50)
	b.ReportMetric(float64(len(waits.all))/float64(b.N), "batches")
	waits.reportIn(time.Millisecond, "writer-ms", 50, 99, 100)
	b.ReportMetric(float64(peak)/1e6, "RSS-MB")
	b.ReportMetric(float64(growth)/1e6, "growth-MB")
}

// largeRun makes an ended run of some series with so many points each.
func largeRun(b *testing.B, s *Store, series, points int) string {
	a := begin(b, s, addRun(b, s, "e", "large", 1, "large").ID, nil)
	for i := range series {
		put(b, s, a, int64(i+1), at(fmt.Sprint("metric/", i), 1, 1))
	}
	if err := a.End(b.Context(), Finished, ""); err != nil {
		b.Fatal(err)
	}
	foldAll(b, s)
	manyPoints(b, s, seriesWhere(b, s, "run = ? ORDER BY id", a.run), points)
	if err := s.maintain(b.Context(), 0); err != nil {
		b.Fatal(err)
	}
	return a.run
}

// collectForBench collects the first of some runs while the others are written.
func collectForBench(s *Store, runs []string) (any, error) {
	ctx := context.Background()
	var found collectedRun
	var writing sync.WaitGroup
	waits, stop, failed := newWaits(nil), make(chan struct{}), make(chan error, len(runs))
	for _, run := range runs[1:] {
		writing.Go(func() { failed <- writeUntil(s, run, waits, stop) })
	}
	time.Sleep(100 * time.Millisecond)
	waits.mu.Lock()
	waits.all = nil
	waits.mu.Unlock()
	var err error
	if found.Before, err = memory("VmRSS"); err != nil {
		return nil, err
	}
	began := time.Now()
	if err := s.DeleteRuns(ctx, runs[:1]); err != nil {
		return nil, err
	}
	if _, err := s.Collect(ctx, nil); err != nil {
		return nil, err
	}
	found.Took = time.Since(began)
	close(stop)
	writing.Wait()
	for range runs[1:] {
		if err := <-failed; err != nil {
			return nil, err
		}
	}
	found.Waits = waits.all
	found.Peak, err = memory("VmHWM")
	return found, err
}

// writeUntil appends a batch of 100 points every few milliseconds until it is stopped.
func writeUntil(s *Store, run string, waits *waits, stop <-chan struct{}) error {
	ctx := context.Background()
	a, err := s.BeginAttempt(ctx, run, AttemptInfo{}, nil)
	if err != nil {
		return err
	}
	samples := lossesOf(100, "loss", "grad_norm", "rate", "speed", "memory")
	for sequence := int64(1); err == nil; sequence++ {
		select {
		case <-stop:
			return a.End(ctx, Finished, "")
		case <-time.After(2 * time.Millisecond):
		}
		waits.time(func() { err = s.Append(ctx, Batch{run, a.Number(), sequence, samples}) })
	}
	return err
}
