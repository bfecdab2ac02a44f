package tracker

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAdoptTakesARunningAttemptAgain(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	a := begin(t, s, run, nil)
	put(t, s, a, 1, at("loss", 1, 1))
	if _, err := s.Adopt(t.Context(), run, 1); !errors.Is(err, ErrConflict) {
		t.Errorf("adopted an attempt that is held: %v", err)
	}
	a.Leave()
	if r, _ := s.Run(t.Context(), run); r.Status != Lost {
		t.Errorf("an attempt that was left is %s, want lost", r.Status)
	}
	again, err := s.Adopt(t.Context(), run, 1)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, again, 2, at("loss", 2, 2))
	if state, err := s.AttemptState(t.Context(), run, 1); err != nil || state != (AttemptState{Running, 2}) {
		t.Errorf("got %+v, %v", state, err)
	}
	if err := again.End(t.Context(), Finished, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Adopt(t.Context(), run, 1); !errors.Is(err, ErrConflict) || s.RunLocked(run) {
		t.Errorf("adopted an attempt that has ended: %v", err)
	}
	for name, c := range map[string]struct {
		run    string
		number int
	}{"an unknown attempt": {run, 2}, "an unknown run": {"nobody", 1}, "no id at all": {"../" + run, 1}} {
		if _, err := s.Adopt(t.Context(), c.run, c.number); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: got %v, want ErrNotFound", name, err)
		}
	}
}

func TestAResumeWaitsForWhatItsCheckpointIncludes(t *testing.T) {
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	put(t, s, a, 1, at("loss", 1, 1))
	a.release()
	_, err := s.BeginAttempt(t.Context(), a.run, AttemptInfo{}, &Resume{Attempt: 1, Sequence: 2})
	if !errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), "batch 2 of attempt 1, of which 1 have arrived") || s.RunLocked(a.run) {
		t.Errorf("got %v, want ErrConflict and a free run", err)
	}
	begin(t, s, a.run, &Resume{Attempt: 1, Sequence: 1})
}

// TestALateBatchIsKeptAmongTheSuperseded appends to an attempt after its resume, before and after folding.
func TestALateBatchIsKeptAmongTheSuperseded(t *testing.T) {
	s := newStore(t, Options{})
	first := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	put(t, s, first, 1, at("loss", 1, 1))
	first.release()
	second := begin(t, s, first.run, &Resume{Attempt: 1, Sequence: 1})
	put(t, s, second, 1, at("loss", 2, 20))
	put(t, s, first, 2, at("loss", 2, 2), at("only late", 2, 2))
	foldAll(t, s)
	put(t, s, first, 3, at("loss", 3, 3))
	put(t, s, first, 3, at("loss", 3, 3)) // sent again
	foldAll(t, s)

	if got := values(t, s, first.run, "loss"); !cmp.Equal(got, []float64{1, 20}) {
		t.Errorf("got %v, want 1 20", got)
	}
	points, err := s.Superseded(t.Context(), first.run, Series{Metric: "loss"})
	if err != nil || len(points) != 2 || points[0].Value != 2 || points[1].Value != 3 {
		t.Errorf("got %v (%v), want 2 3", points, err)
	}
	if report, err := s.Check(t.Context(), nil); err != nil || len(report.Findings) > 0 {
		t.Errorf("%v, %+v", err, report.Findings)
	}
}

func TestAppendAllKeepsTheOrder(t *testing.T) {
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	var batches []Batch
	for i := range int64(3 * appendGroup) {
		batches = append(batches, Batch{Run: a.run, Attempt: 1, Sequence: i + 1, Samples: []Sample{at("loss", i, float64(i))}})
	}
	if err := s.AppendAll(t.Context(), batches); err != nil {
		t.Fatal(err)
	}
	if got := values(t, s, a.run, "loss"); len(got) != len(batches) || got[len(got)-1] != float64(len(got)-1) {
		t.Errorf("%d of %d are there", len(got), len(batches))
	}
	gap := []Batch{{Run: a.run, Attempt: 1, Sequence: 769}, {Run: a.run, Attempt: 1, Sequence: 771}}
	if err := s.AppendAll(t.Context(), gap); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "append batch 771") {
		t.Errorf("got %v, want the batch behind the gap", err)
	}
	if state, _ := s.AttemptState(t.Context(), a.run, 1); state.LastSequence != 769 {
		t.Errorf("the last one is %d, want 769", state.LastSequence)
	}
}
