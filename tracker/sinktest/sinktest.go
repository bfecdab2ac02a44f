// Package sinktest is the contract of tracker.Sink as a test: the store's sink and the remote one both pass it.
//
// Every test opens a sink of its own, appends through it, and reads what arrived through the store. What a sink promises is
// promised when Append returns, but for what can be read: a remote sink's batches are in the store once Settle has returned.
package sinktest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inkstone/tracker"
)

// Subject is a sink, and what the tests need around it.
type Subject struct {
	Sink tracker.Sink
	// Begin begins an attempt of a new run.
	Begin func() (run string, attempt int)
	// Settle returns when everything that was appended is in the store.
	Settle func()
	// Store reads what arrived; it stays open when the sink is closed.
	Store *tracker.Store
	// Close closes the sink.
	Close func() error
}

// Test runs the contract over sinks that open makes.
func Test(t *testing.T, open func(t *testing.T) Subject) {
	for name, test := range map[string]func(t *testing.T, s Subject){
		"batches arrive in order":              inOrder,
		"a repeated sequence is ignored":       repeated,
		"a gap is refused":                     gap,
		"an unknown attempt is refused":        unknown,
		"every bit is kept":                    bits,
		"attempts do not disturb each other":   concurrent,
		"a batch may be large, or empty":       sizes,
		"a cancelled batch may be sent again":  cancelled,
		"an attempt has its own sequences":     ownSequences,
		"the samples may be changed afterward": changedAfterwards,
		"a closed sink has kept all":           closed,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// sample is a sample whose time follows from its step.
func sample(metric string, step int64, value float64) tracker.Sample {
	return tracker.Sample{Metric: metric, Step: step, Time: time.UnixMicro(1_700_000_000_000_000 + step).UTC(), Value: value}
}

// put appends a batch that must be taken.
func (s Subject) put(t *testing.T, run string, attempt int, sequence int64, samples ...tracker.Sample) {
	t.Helper()
	if err := s.Sink.Append(t.Context(), tracker.Batch{Run: run, Attempt: attempt, Sequence: sequence, Samples: samples}); err != nil {
		t.Fatal(err)
	}
}

// points reads what arrived of a series.
func (s Subject) points(t *testing.T, run, metric, context string) []tracker.Point {
	t.Helper()
	s.Settle()
	points, err := s.Store.Points(t.Context(), run, tracker.Series{Metric: metric, Context: context})
	if err != nil {
		t.Fatal(err)
	}
	return points
}

func (s Subject) expect(t *testing.T, run, metric string, want ...float64) {
	t.Helper()
	got := []float64{}
	for _, p := range s.points(t, run, metric, "") {
		got = append(got, float64(p.Value))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", metric, diff)
	}
}

func inOrder(t *testing.T, s Subject) {
	run, attempt := s.Begin()
	var want []float64
	for i := range int64(50) {
		s.put(t, run, attempt, i+1, sample("loss", 100-i, float64(i))) // steps may go backwards
		want = append(want, float64(i))
	}
	s.expect(t, run, "loss", want...)
}

func repeated(t *testing.T, s Subject) {
	run, attempt := s.Begin()
	s.put(t, run, attempt, 1, sample("loss", 1, 1))
	s.put(t, run, attempt, 2, sample("loss", 2, 2))
	s.put(t, run, attempt, 2, sample("loss", 2, 99))
	s.put(t, run, attempt, 1, sample("loss", 1, 99))
	s.put(t, run, attempt, 3, sample("loss", 3, 3))
	s.put(t, run, attempt, 3, sample("loss", 3, 99))
	s.expect(t, run, "loss", 1, 2, 3)
}

func gap(t *testing.T, s Subject) {
	run, attempt := s.Begin()
	s.put(t, run, attempt, 1, sample("loss", 1, 1))
	for _, sequence := range []int64{3, 1000} {
		err := s.Sink.Append(t.Context(), tracker.Batch{Run: run, Attempt: attempt, Sequence: sequence, Samples: []tracker.Sample{sample("loss", 3, 3)}})
		if !errors.Is(err, tracker.ErrInvalid) || !strings.Contains(fmt.Sprint(err), "the batch before it was 1") {
			t.Errorf("batch %d after 1: got %v, want ErrInvalid with the last one", sequence, err)
		}
	}
	s.put(t, run, attempt, 2, sample("loss", 2, 2))
	s.expect(t, run, "loss", 1, 2)
}

func unknown(t *testing.T, s Subject) {
	run, attempt := s.Begin()
	for name, b := range map[string]tracker.Batch{
		"an attempt that was not begun": {Run: run, Attempt: attempt + 1, Sequence: 1},
		"a run that is not there":       {Run: "nobody", Attempt: 1, Sequence: 1},
	} {
		if err := s.Sink.Append(t.Context(), b); !errors.Is(err, tracker.ErrNotFound) {
			t.Errorf("%s: got %v, want ErrNotFound", name, err)
		}
	}
	s.put(t, run, attempt, 1, sample("loss", 1, 1))
	s.expect(t, run, "loss", 1)
}

func bits(t *testing.T, s Subject) {
	run, attempt := s.Begin()
	var samples []tracker.Sample
	for i, v := range []float64{
		0, math.Copysign(0, -1), math.NaN(), math.Float64frombits(0x7ff8000000000123), math.Inf(1), math.Inf(-1),
		math.MaxFloat64, math.SmallestNonzeroFloat64, 0.1,
	} {
		samples = append(samples, sample("损失", int64(i), v))
		samples[i].Context = "rank 0"
	}
	samples[0].Step, samples[1].Step, samples[2].Time = math.MaxInt64, math.MinInt64, time.Unix(-5, 0).UTC()
	s.put(t, run, attempt, 1, samples...)
	got := s.points(t, run, "损失", "rank 0")
	if len(got) != len(samples) {
		t.Fatalf("%d points arrived of %d", len(got), len(samples))
	}
	for i, p := range got {
		want := samples[i]
		if p.Step != want.Step || !p.Time.Equal(want.Time) || math.Float64bits(float64(p.Value)) != math.Float64bits(want.Value) {
			t.Errorf("got %+v, want %+v", p, want)
		}
	}
}

func concurrent(t *testing.T, s Subject) {
	const writers, batches = 8, 40
	var group sync.WaitGroup
	runs := make([]string, writers)
	for w := range runs {
		run, attempt := s.Begin()
		runs[w] = run
		group.Go(func() {
			for i := range int64(batches) {
				err := s.Sink.Append(t.Context(), tracker.Batch{Run: run, Attempt: attempt, Sequence: i + 1, Samples: []tracker.Sample{sample("loss", i, float64(i))}})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	for _, run := range runs {
		points := s.points(t, run, "loss", "")
		if len(points) != batches {
			t.Fatalf("run %s has %d points, want %d", run, len(points), batches)
		}
		for i, p := range points {
			if p.Step != int64(i) {
				t.Errorf("run %s has step %d at place %d", run, p.Step, i)
			}
		}
	}
}

func sizes(t *testing.T, s Subject) {
	run, attempt := s.Begin()
	const size = 200_000
	large := make([]tracker.Sample, size)
	for i := range large {
		large[i] = sample([]string{"loss", "lr"}[i%2], int64(i), float64(i)/7)
	}
	s.put(t, run, attempt, 1, large...)
	s.put(t, run, attempt, 2)
	s.put(t, run, attempt, 3, sample("loss", size, 1))
	if got := s.points(t, run, "loss", ""); len(got) != size/2+1 || got[len(got)-1].Step != size {
		t.Errorf("%d points arrived, want %d", len(got), size/2+1)
	}
}

func cancelled(t *testing.T, s Subject) {
	run, attempt := s.Begin()
	s.put(t, run, attempt, 1, sample("loss", 1, 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := tracker.Batch{Run: run, Attempt: attempt, Sequence: 2, Samples: []tracker.Sample{sample("loss", 2, 2)}}
	if err := s.Sink.Append(ctx, b); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	s.put(t, run, attempt, 2, b.Samples...)
	s.expect(t, run, "loss", 1, 2)
}

func ownSequences(t *testing.T, s Subject) {
	first, attempt := s.Begin()
	s.put(t, first, attempt, 1, sample("loss", 1, 1))
	second, other := s.Begin()
	s.put(t, second, other, 1, sample("loss", 1, 10))
	s.put(t, first, attempt, 2, sample("loss", 2, 2))
	s.expect(t, first, "loss", 1, 2)
	s.expect(t, second, "loss", 10)
}

func changedAfterwards(t *testing.T, s Subject) {
	run, attempt := s.Begin()
	samples := []tracker.Sample{sample("loss", 1, 1)}
	s.put(t, run, attempt, 1, samples...)
	samples[0].Value = 99
	s.expect(t, run, "loss", 1)
}

func closed(t *testing.T, s Subject) {
	run, attempt := s.Begin()
	var want []float64
	for i := range int64(20) {
		s.put(t, run, attempt, i+1, sample("loss", i, float64(i)))
		want = append(want, float64(i))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	err := s.Sink.Append(t.Context(), tracker.Batch{Run: run, Attempt: attempt, Sequence: 21, Samples: []tracker.Sample{sample("loss", 1, 99)}})
	if !errors.Is(err, tracker.ErrInvalid) {
		t.Errorf("after the end: got %v, want ErrInvalid", err)
	}
	s.Settle = func() {} // Close has
	s.expect(t, run, "loss", want...)
}
