package tracker

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRunsKeepTheirOrderWhenTheClockIsSetBack creates runs while the clock goes back, stands still, and goes on.
func TestRunsKeepTheirOrderWhenTheClockIsSetBack(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	s := newStore(t, Options{Clock: func() time.Time { return now }})
	var ids []string
	for i := range 200 {
		ids = append(ids, addRun(t, s, "e", "baseline", int64(i), "d").ID)
		switch {
		case i%50 == 49:
			now = now.Add(-24 * time.Hour)
		case i%3 == 0:
			now = now.Add(time.Millisecond)
		}
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Error("an id does not sort behind those before it")
	}
	runs, err := s.Runs(t.Context(), RunFilter{})
	var listed []string
	for _, r := range runs {
		listed = append(listed, r.ID)
	}
	if diff := cmp.Diff(ids, listed); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestAClockSetBackLosesNothing records while the clock goes back between batches and between attempts.
func TestAClockSetBackLosesNothing(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	s := newStore(t, Options{Clock: clock})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	var wantTimes []int64
	var resume *Resume
	for attempt := range 3 {
		a := begin(t, s, run, resume)
		r := NewRecorder(a.Sink(), run, a.Number(), RecorderOptions{Every: time.Hour, Clock: clock})
		for i := range 10 {
			if err := r.Log(int64(10*attempt+i), map[string]float64{"loss": float64(10*attempt + i)}); err != nil {
				t.Fatal(err)
			}
			wantTimes = append(wantTimes, now.UnixMicro())
			now = now.Add([]time.Duration{time.Second, -10 * time.Second}[i%2])
			if _, err := r.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(r.Close(t.Context()), a.End(t.Context(), Finished, "")); err != nil {
			t.Fatal(err)
		}
		resume = &Resume{a.Number(), 10}
		now = now.Add(-time.Hour)
	}
	for _, state := range []string{"in the journal", "folded"} {
		checkClock(t, s, run, wantTimes, state)
		foldAll(t, s)
	}
	report, err := s.Check(t.Context(), nil)
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("check: %v, %+v", err, report.Findings)
	}
}

// checkClock reads points whose values count up, whole and between every two of their times.
func checkClock(t *testing.T, s *Store, run string, times []int64, state string) {
	t.Helper()
	points, err := s.Points(t.Context(), run, Series{Metric: "loss"})
	if err != nil || len(points) != len(times) {
		t.Fatalf("%s: %d points, %v; want %d", state, len(points), err, len(times))
	}
	for i, p := range points {
		if p.Value != Value(i) || p.Time.UnixMicro() != times[i] {
			t.Errorf("%s: point %d is %v at %v", state, i, p.Value, p.Time)
		}
	}
	for i, from := range times {
		to := times[(i*7+3)%len(times)]
		var want []float64
		for k, at := range times {
			if from <= at && at <= to {
				want = append(want, float64(k))
			}
		}
		q := Series{Metric: "loss", Axis: ByTime, From: &from, To: &to}
		points, err := s.Points(t.Context(), run, q)
		var got []float64
		for _, p := range points {
			got = append(got, float64(p.Value))
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: between %d and %d: %v\n%s", state, from, to, err, diff)
		}
		if e, err := s.Envelope(t.Context(), run, q, 5); err != nil || int(e.Points) != len(want) {
			t.Errorf("%s: between %d and %d the envelope has %d points, %v; want %d", state, from, to, e.Points, err, len(want))
		}
	}
}
