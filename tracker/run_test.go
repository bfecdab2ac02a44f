package tracker

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// twoByTwo is an experiment of two variants and two seeds without runs.
func twoByTwo(t testing.TB, s *Store) Plan {
	t.Helper()
	p := Plan{
		Name: "e", Question: "why?", Source: "spec: 1\n", Spec: []byte("{}"), Seeds: []int64{1, 2},
		Compare:  Compare{Metric: "loss", Goal: "minimize", Baseline: "baseline"},
		Variants: []Variant{{Name: "baseline", Parameters: 10, Spec: []byte("{}")}, {Name: "small", Changes: "model.hidden_size: 8", Parameters: 5, Spec: []byte("{}")}},
		Trials: []Trial{
			{Variant: "baseline", Seed: 1, Digest: "b1"}, {Variant: "small", Seed: 1, Digest: "s1"},
			{Variant: "baseline", Seed: 2, Digest: "b2"}, {Variant: "small", Seed: 2, Digest: "s2"},
		},
	}
	if err := s.SavePlan(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFindARun(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := newStore(t, Options{Clock: func() time.Time { now = now.Add(time.Minute); return now }})
	twoByTwo(t, s)
	old := addRun(t, s, "e", "baseline", 1, "b1")
	newer := addRun(t, s, "e", "baseline", 1, "b1")
	shared := addRun(t, s, "other", "tiny", 2, "s2") // made by another experiment, of the same trial
	for ref, want := range map[string]string{
		old.ID: old.ID, newer.ID: newer.ID, shared.ID[:len(shared.ID)-1]: shared.ID,
		"e/baseline/1": newer.ID, "e/small/2": shared.ID,
	} {
		if got, err := s.Run(t.Context(), ref); err != nil || got.ID != want {
			t.Errorf("%q: got %s, %v; want %s", ref, got.ID, err, want)
		}
	}
	for ref, want := range map[string]struct {
		kind error
		text string
	}{
		old.ID[:4]:      {ErrConflict, "fits 3 runs, among them"},
		"":              {ErrNotFound, "an id, a unique prefix of one, or experiment/variant/seed"},
		"ZZ%' OR 1=1":   {ErrNotFound, "is no run"},
		"zzzz":          {ErrNotFound, "`inkstone runs` lists them"},
		"e/small/1":     {ErrNotFound, "has no run yet; `inkstone run` trains it"},
		"e/big/1":       {ErrNotFound, "it has variants baseline, small with seeds [1 2]"},
		"e/small/7":     {ErrNotFound, "with seeds [1 2]"},
		"e/small/first": {ErrNotFound, "a whole number"},
		"f/small/1":     {ErrNotFound, `there is no such experiment; the store has ["e"]`},
	} {
		if _, err := s.Run(t.Context(), ref); !errors.Is(err, want.kind) || !strings.Contains(err.Error(), want.text) {
			t.Errorf("%q: got %v, want %v with %q", ref, err, want.kind, want.text)
		}
	}
}

func TestAPlanShowsTheRunThatCounts(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := newStore(t, Options{Clock: func() time.Time { now = now.Add(time.Minute); return now }})
	p := twoByTwo(t, s)
	done := addRun(t, s, "e", "baseline", 1, "b1")
	if err := begin(t, s, done.ID, nil).End(t.Context(), Finished, ""); err != nil {
		t.Fatal(err)
	}
	addRun(t, s, "e", "baseline", 1, "b1") // newer, and only planned: the finished one counts
	left := addRun(t, s, "e", "small", 1, "s1")

	got, err := s.Plan(t.Context(), "e")
	if err != nil {
		t.Fatal(err)
	}
	if got.Trials[0].Run == nil || got.Trials[0].Run.ID != done.ID || got.Trials[2].Run != nil {
		t.Errorf("got the runs %v and %v, want %s and none", got.Trials[0].Run, got.Trials[2].Run, done.ID)
	}
	p.Variants, p.Trials = p.Variants[:1], []Trial{{Variant: "baseline", Seed: 1, Digest: "b1"}}
	if err := s.SavePlan(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	name := "e"
	runs, err := s.Runs(t.Context(), RunFilter{Experiment: &name})
	if err != nil || len(runs) != 3 {
		t.Fatalf("got %d runs, %v; want all 3: runs outlive the plan", len(runs), err)
	}
	for _, r := range runs {
		if r.Superseded != (r.ID == left.ID) {
			t.Errorf("run %s of %s: superseded %v", r.ID, r.Variant, r.Superseded)
		}
	}
	list, err := s.Experiments(t.Context())
	if err != nil || len(list) != 1 || list[0].Trials != 1 || list[0].Counts[Finished] != 1 {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestListRuns(t *testing.T) {
	s := newStore(t, Options{})
	twoByTwo(t, s)
	begin(t, s, addRun(t, s, "e", "baseline", 1, "b1").ID, nil)
	addRun(t, s, "e", "small", 1, "s1")
	addRun(t, s, "f", "small", 2, "s2") // f's run is a trial of e
	addRun(t, s, "f", "own", 2, "x")
	e, f, small := "e", "f", "small"
	for name, c := range map[string]struct {
		filter RunFilter
		want   int
	}{
		"all": {RunFilter{}, 4}, "of e": {RunFilter{Experiment: &e}, 3}, "of f": {RunFilter{Experiment: &f}, 2},
		"small": {RunFilter{Variant: &small}, 2}, "small of f": {RunFilter{Experiment: &f, Variant: &small}, 1},
		"running": {RunFilter{Status: []Status{Running}}, 1}, "finished": {RunFilter{Status: []Status{Finished, Failed}}, 0},
	} {
		if got, err := s.Runs(t.Context(), c.filter); err != nil || len(got) != c.want {
			t.Errorf("%s: got %d runs, %v; want %d", name, len(got), err, c.want)
		}
	}
}

func TestIDsSortByTime(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	before := ""
	for range 200 {
		id := newID(now)
		if id <= before {
			t.Fatalf("%s comes after %s", id, before)
		}
		before, now = id, now.Add(time.Millisecond)
	}
}
