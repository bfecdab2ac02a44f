package tracker

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTailTellsWhatIsNewInOrder(t *testing.T) {
	s := newStore(t, Options{})
	other, err := Open(s.dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	start, err := other.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	twoByTwo(t, s)
	run := addRun(t, s, "e", "baseline", 1, "b1").ID
	a := begin(t, s, run, nil)
	put(t, s, a, 1, at("loss", 1, 1), at("lr", 1, 1), at("loss", 2, 1))
	if err := a.Capture(t.Context(), attention(1, 1, 1, 2), 1); err != nil {
		t.Fatal(err)
	}
	if err := a.End(t.Context(), Finished, ""); err != nil {
		t.Fatal(err)
	}
	got, reached, err := other.Tail(t.Context(), start)
	if err != nil {
		t.Fatal(err)
	}
	want := []Event{
		{Kind: "plan", Experiment: "e"}, {Kind: "run", Experiment: "e", Run: run},
		{Kind: "run", Experiment: "e", Run: run}, {Kind: "points", Experiment: "e", Run: run, Metrics: []string{"loss", "lr"}, Values: map[string]Value{"loss": 1, "lr": 1}},
		{Kind: "capture", Experiment: "e", Run: run}, {Kind: "run", Experiment: "e", Run: run},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if again, version, err := other.Tail(t.Context(), reached); err != nil || len(again) != 0 || version != reached {
		t.Errorf("nothing is new, got %v up to %d (%v)", again, version, err)
	}
}

func TestTailPagesAndResets(t *testing.T) {
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "b1").ID, nil)
	const batches = keptEvents + 500
	fillEvents(t, s, a.run, batches)
	all, err := s.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for after := all - batches; after < all; {
		events, reached, err := s.Tail(t.Context(), after)
		if err != nil || len(events) == 0 || len(events) > tailPage || reached != after+int64(len(events)) {
			t.Fatalf("after %d: %d events up to %d, %v", after, len(events), reached, err)
		}
		seen, after = seen+len(events), reached
	}
	if seen != batches {
		t.Errorf("saw %d events, want %d", seen, batches)
	}
	foldAll(t, s)
	if _, reached, err := s.Tail(t.Context(), 1); !errors.Is(err, ErrReset) || reached != all {
		t.Errorf("an old cursor: got %d, %v; want ErrReset and %d", reached, err, all)
	}
	if _, _, err := s.Tail(t.Context(), all+5); !errors.Is(err, ErrReset) {
		t.Errorf("a cursor of another store: got %v, want ErrReset", err)
	}
	if events, _, err := s.Tail(t.Context(), all-keptEvents); err != nil || len(events) != tailPage {
		t.Errorf("the oldest kept cursor: %d events, %v", len(events), err)
	}
}

// fillEvents writes events as appends would, in one transaction.
func fillEvents(t *testing.T, s *Store, run string, n int) {
	t.Helper()
	tx, err := s.write.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		if err := addEvent(t.Context(), tx, Event{Kind: "run", Experiment: "e", Run: run}); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestOneOwner(t *testing.T) {
	s := newStore(t, Options{})
	release, ok, err := s.LockOwner()
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if _, ok, err := s.LockOwner(); err != nil || ok {
		t.Errorf("a second owner: %v, %v", ok, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := s.Maintain(ctx); err != nil {
		t.Errorf("maintain: %v", err)
	}
	release()
	if _, ok, err := s.LockOwner(); err != nil || !ok {
		t.Errorf("after the release: %v, %v", ok, err)
	}
}

func TestOneProcessDrivesAnExperiment(t *testing.T) {
	s := newStore(t, Options{})
	release, err := s.LockExperiment("e")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.LockExperiment("e"); !errors.Is(err, ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
	release()
	if _, err := s.LockExperiment("e"); err != nil {
		t.Error(err)
	}
}

func TestDesiredState(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	if err := s.SavePlan(t.Context(), Plan{Name: "e"}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		scope Scope
		set   string
		want  string
	}{
		{Scope{Experiment: "e"}, "", "run"}, {Scope{Experiment: "e"}, "stop", "stop"}, {Scope{Run: run}, "", "run"},
		{Scope{Run: run}, "stop", "stop"}, {Scope{Experiment: "e"}, "run", "run"},
	} {
		before, err := s.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if c.set != "" {
			if err := s.SetDesired(t.Context(), c.scope, c.set); err != nil {
				t.Fatal(err)
			}
			if events, _, err := s.Tail(t.Context(), before); err != nil || len(events) != 1 || events[0].Experiment != "e" || events[0].Run != c.scope.Run {
				t.Errorf("%+v: followers hear %+v, %v", c.scope, events, err)
			}
		}
		if got, err := s.Desired(t.Context(), c.scope); err != nil || got != c.want {
			t.Errorf("%+v: got %q, %v; want %q", c.scope, got, err, c.want)
		}
	}
	for scope, desired := range map[Scope]string{{Run: run}: "dance", {Run: "nobody"}: "stop", {Experiment: "nothing"}: "stop", {}: "stop"} {
		if err := s.SetDesired(t.Context(), scope, desired); err == nil {
			t.Errorf("%+v may be wanted as %q", scope, desired)
		}
	}
}
