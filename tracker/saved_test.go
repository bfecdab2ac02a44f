package tracker

import (
	"errors"
	"strings"
	"testing"
)

func TestViewsAreKeptByName(t *testing.T) {
	s := newStore(t, Options{})
	for _, v := range [][2]string{{"sweep", "where=seed+%3D+1"}, {"best", "sort=val%2Floss"}, {"sweep", "group=variant"}} {
		if err := s.SaveView(t.Context(), v[0], v[1]); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.SavedViews(t.Context())
	if err != nil || len(list) != 2 || list[0].Name != "best" || list[1].Query != "group=variant" || list[1].Saved.IsZero() {
		t.Fatalf("got %+v, %v", list, err)
	}
	if err := s.DeleteView(t.Context(), "best"); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteView(t.Context(), "best"); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
	if list, err = s.SavedViews(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestViewsThatCannotBe(t *testing.T) {
	s := newStore(t, Options{})
	for name, v := range map[string][2]string{
		"no name": {"", "x=1"}, "spaces": {" a", "x=1"}, "long": {strings.Repeat("語", maxViewName+1), "x=1"}, "much": {"a", strings.Repeat("x", maxViewQuery+1)},
	} {
		if err := s.SaveView(t.Context(), v[0], v[1]); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := s.SaveView(t.Context(), strings.Repeat("語", maxViewName), ""); err != nil {
		t.Error(err)
	}
}
