package tracker

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAResumeSupersedesWhatCameAfterItsCheckpoint(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	first := begin(t, s, run, nil)
	put(t, s, first, 1, at("loss", 1, 1))
	put(t, s, first, 2, at("loss", 2, 2))
	put(t, s, first, 3, at("loss", 3, 3), at("late", 3, 3))
	first.release() // as a kill does

	second := begin(t, s, run, &Resume{Attempt: 1, Sequence: 2})
	if got := values(t, s, run, "loss"); !cmp.Equal(got, []float64{1, 2}) {
		t.Errorf("after the resume got %v, want 1 2", got)
	}
	if names, _ := s.Metrics(t.Context(), run); !cmp.Equal(names, []string{"loss"}) {
		t.Errorf("got the metrics %v, want loss alone", names)
	}
	put(t, s, second, 1, at("loss", 3, 30))
	put(t, s, second, 2, at("loss", 4, 40))
	second.release()

	// The second resume goes back behind the first: of the first attempt nothing comes back, of the second nothing stays.
	third := begin(t, s, run, &Resume{Attempt: 1, Sequence: 1})
	put(t, s, third, 1, at("loss", 2, 200))
	if got := values(t, s, run, "loss"); !cmp.Equal(got, []float64{1, 200}) {
		t.Errorf("got %v, want 1 200", got)
	}
	third.release()

	begin(t, s, run, nil) // from the beginning
	if got := values(t, s, run, "loss"); len(got) != 0 {
		t.Errorf("a fresh start keeps %v", got)
	}
	var kept int
	if err := s.read.QueryRow("SELECT count(*) FROM journal WHERE kind = 'points'").Scan(&kept); err != nil || kept != 6 {
		t.Errorf("%d batches are kept (%v), want all 6: superseding hides, and deletes nothing", kept, err)
	}
}

func TestARunHasOneWriter(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	a := begin(t, s, run, nil)
	if !s.RunLocked(run) {
		t.Error("the run is not locked")
	}
	if _, err := s.BeginAttempt(t.Context(), run, AttemptInfo{}, nil); !errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), "being trained by process") {
		t.Errorf("a second attempt: got %v, want ErrConflict", err)
	}
	if err := s.Abandon(t.Context(), run, Failed, "no"); !errors.Is(err, ErrConflict) {
		t.Errorf("abandoned a living attempt: %v", err)
	}
	if err := a.End(t.Context(), Finished, ""); err != nil {
		t.Fatal(err)
	}
	if s.RunLocked(run) {
		t.Error("the run is locked after its end")
	}
}

func TestStatusOverALife(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s := newStore(t, Options{Clock: func() time.Time { return now }})
	id := addRun(t, s, "e", "baseline", 1, "d").ID
	status := func(want Status) Run {
		t.Helper()
		r, err := s.Run(t.Context(), id)
		if err != nil || r.Status != want {
			t.Errorf("got %q (%v), want %q", r.Status, err, want)
		}
		return r
	}
	status(Planned)
	a := begin(t, s, id, nil)
	status(Running)
	a.release()
	status(Lost)
	now = now.Add(-time.Hour) // the clock jumps back
	if err := s.Abandon(t.Context(), id, Failed, "the process died"); err != nil {
		t.Fatal(err)
	}
	status(Failed)
	a = begin(t, s, id, nil)
	if err := a.End(t.Context(), Finished, ""); err != nil {
		t.Fatal(err)
	}
	r := status(Finished)
	if len(r.Attempts) != 2 || r.Attempts[0].Status != Failed || r.Attempts[0].Error != "the process died" || r.Attempts[1].Info.Host != "here" {
		t.Errorf("got the attempts %+v", r.Attempts)
	}
	if !r.Started.After(r.Finished) {
		t.Errorf("times are kept as they were told: started %v, finished %v", r.Started, r.Finished)
	}
}
