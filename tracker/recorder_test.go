package tracker

import (
	"context"
	"errors"
	"fmt"
	"os"
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

// heldSink takes nothing until it is let go.
type heldSink struct {
	fakeSink
	held chan struct{}
}

func (h *heldSink) Append(ctx context.Context, b Batch) error {
	select {
	case <-h.held:
		return h.fakeSink.Append(ctx, b)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestRecorderSpillsWhatTheMemoryCannotHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &heldSink{held: make(chan struct{})}
		r := NewRecorder(sink, "run", 1, RecorderOptions{Samples: 10, Memory: 100 * loggedBytes, SpillDir: t.TempDir()})
		loss, err := r.Series("loss", "train")
		if err != nil {
			t.Fatal(err)
		}
		const steps = 5000
		for step := range int64(steps) {
			if err := r.LogSeries(step, []Handle{loss}, []float64{float64(step)}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if rows, spilled := r.backlog.waiting(); rows > 100 || spilled == 0 {
			t.Errorf("%d rows wait in memory, want at most 100, and %d bytes in the file", rows, spilled)
		}
		if left, _ := os.ReadDir(r.options.SpillDir); len(left) != 0 {
			t.Errorf("the file has a name that a killed process would leave: %v", left)
		}
		close(sink.held)
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		next := int64(0)
		for _, b := range sink.batches {
			for _, x := range b.Samples {
				if x.Metric != "loss" || x.Context != "train" || x.Step != next || x.Value != float64(next) {
					t.Fatalf("sample %d is %+v", next, x)
				}
				next++
			}
		}
		if next != steps {
			t.Errorf("%d samples arrived, want %d", next, steps)
		}
	})
}

func TestRecorderTellsWhenThereIsNoRoomAndDropsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := &heldSink{held: make(chan struct{})}
		r := NewRecorder(sink, "run", 1, RecorderOptions{Samples: 10, Memory: 100 * loggedBytes, SpillDir: t.TempDir() + "/gone"})
		taken := 0
		var refused error
		for step := int64(0); refused == nil && step < 5000; step++ {
			if refused = r.Log(step, map[string]float64{"loss": 1}); refused == nil {
				taken++
			}
			synctest.Wait()
		}
		if refused == nil || taken > 200 {
			t.Errorf("%d points were taken without room, then %v", taken, refused)
		}
		close(sink.held)
		if _, err := r.Flush(t.Context()); err != nil || sink.samples() != taken {
			t.Errorf("%d samples arrived, want the %d that were taken; %v", sink.samples(), taken, err)
		}
		if err := r.Log(1, map[string]float64{"loss": 1}); err != nil {
			t.Errorf("there is room again: %v", err)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestLogSeriesRefusesWhatWasNotPrepared(t *testing.T) {
	r := NewRecorder(&fakeSink{}, "run", 1, RecorderOptions{})
	defer r.Close(t.Context())
	h, err := r.Series("loss", "")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := r.Series("loss", ""); err != nil || again != h {
		t.Errorf("the same series is %d, then %d, %v", h, again, err)
	}
	if err := r.LogSeries(1, []Handle{h + 1}, []float64{1}); !errors.Is(err, ErrInvalid) {
		t.Errorf("another recorder's series: %v", err)
	}
	if err := r.LogSeries(1, []Handle{h}, nil); !errors.Is(err, ErrInvalid) {
		t.Errorf("no value: %v", err)
	}
}
