package tracker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mattn/go-sqlite3"
)

// fakeSink keeps batches, and fails as told.
type fakeSink struct {
	mu      sync.Mutex
	batches []Batch
	times   []time.Time
	fail    []error // of the next calls
	slow    time.Duration
}

func (f *fakeSink) Append(_ context.Context, b Batch) error {
	time.Sleep(f.slow)
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.fail) > 0 {
		err := f.fail[0]
		f.fail = f.fail[1:]
		return err
	}
	f.batches, f.times = append(f.batches, b), append(f.times, time.Now())
	return nil
}

func (f *fakeSink) samples() (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.batches {
		n += len(b.Samples)
	}
	return n
}

func TestRecorderBatchesByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &fakeSink{}
		r := NewRecorder(sink, "run", 3, RecorderOptions{})
		began := time.Now()
		for step := range int64(100) {
			if err := r.Log(step, map[string]float64{"b": 2, "a": 1}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(sink.batches); n < 5 || n > 6 {
			t.Errorf("a second of logging made %d batches, want one each 200 ms", n)
		}
		if first := sink.times[0].Sub(began); first != 200*time.Millisecond {
			t.Errorf("the first batch went after %v", first)
		}
		for i, b := range sink.batches {
			if b.Run != "run" || b.Attempt != 3 || b.Sequence != int64(i+1) {
				t.Errorf("batch %d is %s/%d/%d", i, b.Run, b.Attempt, b.Sequence)
			}
		}
		if s := sink.batches[0].Samples; s[0].Metric != "a" || s[1].Metric != "b" || s[2].Step != 1 {
			t.Errorf("samples are out of order: %v", s[:3])
		}
		if sink.samples() != 200 {
			t.Errorf("%d samples arrived, want 200", sink.samples())
		}
	})
}

func TestRecorderBatchesBySize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &fakeSink{}
		r := NewRecorder(sink, "run", 1, RecorderOptions{Samples: 10, Every: time.Hour})
		for step := range int64(25) {
			if err := r.Log(step, map[string]float64{"a": 1}); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if sink.samples() != 25 {
			t.Errorf("a full buffer waited: %d samples arrived", sink.samples())
		}
		for _, b := range sink.batches {
			if len(b.Samples) > 10 {
				t.Errorf("a batch of %d samples, want at most 10", len(b.Samples))
			}
		}
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRecorderWaitsOutWhatPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := fmt.Errorf("append: %w", sqlite3.Error{Code: sqlite3.ErrBusy})
		sink := &fakeSink{fail: []error{busy, busy, busy, busy}}
		r := NewRecorder(sink, "run", 1, RecorderOptions{})
		for step := range int64(50) {
			if err := r.Log(step, map[string]float64{"a": 1}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		sequence, err := r.Flush(t.Context())
		if err != nil || sequence != int64(len(sink.batches)) || sink.samples() != 50 {
			t.Errorf("got sequence %d, %v, %d samples", sequence, err, sink.samples())
		}
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRecorderTellsWhatDoesNotPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &fakeSink{fail: []error{fmt.Errorf("append: %w", ErrStoreFull)}}
		r := NewRecorder(sink, "run", 1, RecorderOptions{})
		if err := r.Log(1, map[string]float64{"a": 1}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		for name, err := range map[string]error{
			"Log": r.Log(2, map[string]float64{"a": 2}), "Close": r.Close(t.Context()),
		} {
			if !errors.Is(err, ErrStoreFull) {
				t.Errorf("%s: got %v, want ErrStoreFull", name, err)
			}
		}
	})
}

func TestFlushReturnsWhenAllIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &fakeSink{slow: time.Second}
		r := NewRecorder(sink, "run", 1, RecorderOptions{})
		for step := range int64(10) {
			began := time.Now()
			if err := r.Log(step, map[string]float64{"a": 1}); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took != 0 {
				t.Errorf("Log waited %v for a slow sink", took)
			}
			time.Sleep(150 * time.Millisecond)
		}
		if _, err := r.Flush(t.Context()); err != nil || sink.samples() != 10 {
			t.Errorf("after Flush %d samples are there (%v), want 10", sink.samples(), err)
		}
		if err := errors.Join(r.Close(t.Context()), r.Close(t.Context())); err != nil {
			t.Errorf("closing twice: %v", err)
		}
	})
}

func TestCloseWaitsNoLongerThanAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &fakeSink{}
		for range 1000 {
			sink.fail = append(sink.fail, sqlite3.Error{Code: sqlite3.ErrBusy})
		}
		r := NewRecorder(sink, "run", 1, RecorderOptions{})
		if err := r.Log(1, map[string]float64{"a": 1}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // an append is under way, again and again
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		began := time.Now()
		if err := r.Close(ctx); err == nil || time.Since(began) > 5*time.Second {
			t.Errorf("got %v after %v, want an error when the context ends", err, time.Since(began))
		}
	})
}

func TestRecorderRefusesNamesThatCannotBeStored(t *testing.T) {
	r := NewRecorder(&fakeSink{}, "run", 1, RecorderOptions{})
	defer r.Close(t.Context())
	for _, name := range []string{"", strings.Repeat("n", maxName+1)} {
		if err := r.Log(1, map[string]float64{name: 1}); !errors.Is(err, ErrInvalid) {
			t.Errorf("a name of %d bytes: got %v", len(name), err)
		}
	}
}

func TestRecorderIsSafeForConcurrentUse(t *testing.T) {
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	r := NewRecorder(a.Sink(), a.Run(), a.Number(), RecorderOptions{Every: time.Millisecond, Samples: 7})
	var group sync.WaitGroup
	for w := range 4 {
		group.Go(func() {
			for step := range int64(100) {
				if err := r.Log(step, map[string]float64{fmt.Sprint("m", w): float64(step)}); err != nil {
					t.Error(err)
				}
				if step%20 == 0 {
					if _, err := r.Flush(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for w := range 4 {
		got := values(t, s, a.run, fmt.Sprint("m", w))
		if len(got) != 100 || got[99] != 99 {
			t.Errorf("writer %d: %d points are there, want 100 in order", w, len(got))
		}
	}
}
