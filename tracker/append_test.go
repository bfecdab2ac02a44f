package tracker

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSinkTakesEachBatchOnce(t *testing.T) {
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	put(t, s, a, 1, at("loss", 1, 10), at("lr", 1, .5))
	put(t, s, a, 2, at("loss", 2, 20))
	put(t, s, a, 1, at("loss", 1, 99)) // sent again: ignored
	put(t, s, a, 2, at("loss", 2, 99))
	put(t, s, a, 3, at("loss", 1, 30)) // steps may go backwards
	for name, c := range map[string]struct {
		batch Batch
		want  error
	}{
		"a gap":              {Batch{Run: a.run, Attempt: 1, Sequence: 5}, ErrInvalid},
		"an unknown attempt": {Batch{Run: a.run, Attempt: 2, Sequence: 1}, ErrNotFound},
		"an unknown run":     {Batch{Run: "nobody", Attempt: 1, Sequence: 1}, ErrNotFound},
	} {
		if err := s.Append(t.Context(), c.batch); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if diff := cmp.Diff([]float64{10, 20, 30}, values(t, s, a.run, "loss")); diff != "" {
		t.Error(diff)
	}
	run, err := s.Run(t.Context(), a.run)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]Value{"loss": 30, "lr": .5}, run.Metrics); diff != "" {
		t.Error(diff)
	}
}

func TestLastValuesKeepWhatSQLCannot(t *testing.T) {
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	want := map[string]string{}
	for i, x := range oddSamples() {
		x.Metric = fmt.Sprint("m", i)
		put(t, s, a, int64(i+1), x)
		text, _ := Value(x.Value + 0).MarshalJSON() // SQLite has no -0; the journal keeps it
		want[x.Metric] = string(text)
	}
	run, err := s.Run(t.Context(), a.run)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for name, v := range run.Metrics {
		text, _ := v.MarshalJSON()
		got[name] = string(text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestADamagedBatchIsNamedAndTheRestReads(t *testing.T) {
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	for i := range int64(3) {
		put(t, s, a, i+1, at("loss", i, float64(i)))
	}
	if _, err := s.write.Exec("UPDATE journal SET payload = cast(payload || x'00' AS BLOB) WHERE sequence = 2"); err != nil {
		t.Fatal(err)
	}
	points, err := s.Points(t.Context(), a.run, Series{Metric: "loss"})
	if want := fmt.Sprintf("batch 2 of run %s, attempt 1 is damaged", a.run); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	if len(points) != 2 || points[0].Value != 0 || points[1].Value != 2 {
		t.Errorf("got %v, want the first and the third point", points)
	}
	a.release()
	if _, err := s.BeginAttempt(t.Context(), a.run, AttemptInfo{}, &Resume{Attempt: 1, Sequence: 3}); err != nil {
		t.Errorf("a damaged batch must not keep a run from going on: %v", err)
	}
}

// TestWritersDoNotDisturbEachOther lets attempts of several runs append at once, through two openings of the store.
func TestWritersDoNotDisturbEachOther(t *testing.T) {
	const writers, batches = 8, 40
	s := newStore(t, Options{})
	other, err := Open(s.dir, Options{Attempt: true})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var group sync.WaitGroup
	runs := make([]string, writers)
	for w := range writers {
		runs[w] = addRun(t, s, "e", "baseline", int64(w), fmt.Sprint("d", w)).ID
		a := begin(t, s, runs[w], nil)
		store := []*Store{s, other}[w%2]
		group.Go(func() {
			for i := range int64(batches) {
				if err := store.Append(t.Context(), Batch{Run: a.run, Attempt: 1, Sequence: i + 1, Samples: []Sample{at("loss", i, float64(i))}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	for _, run := range runs {
		if got := values(t, s, run, "loss"); len(got) != batches || got[batches-1] != batches-1 {
			t.Errorf("run %s has %d points, want %d", run, len(got), batches)
		}
	}
}
