package tracker

import (
	"errors"
	"testing"

	"inkstone/tracker/filter"
)

func TestChoose(t *testing.T) {
	s := newStore(t, Options{})
	var ids []string
	for seed := range int64(3) {
		run, err := s.CreateRun(t.Context(), NewRun{Experiment: "study", Variant: "baseline", Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, run.ID)
	}
	for name, c := range map[string]struct {
		where string
		refs  []string
		want  int
	}{
		"nothing": {"", nil, 0}, "a filter": {"seed > 0", nil, 2}, "references come first": {"seed > 0", ids[:1], 1},
	} {
		runs, total, err := s.Choose(t.Context(), c.where, c.refs)
		if err != nil || len(runs) != c.want || total != c.want {
			t.Errorf("%s: %d runs of %d, want %d; %v", name, len(runs), total, c.want, err)
		}
	}
	if _, _, err := s.Choose(t.Context(), "sed = 1", nil); !errors.As(err, new(filter.Errors)) {
		t.Errorf("a mistake: %v", err)
	}
	if _, _, err := s.Choose(t.Context(), "", []string{"zzzz"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown run: %v", err)
	}
	if _, _, err := s.Choose(t.Context(), "", make([]string, MostChosen+1)); !errors.Is(err, ErrInvalid) {
		t.Errorf("too many runs: %v", err)
	}
}
