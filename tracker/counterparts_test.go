package tracker

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCounterparts(t *testing.T) {
	s := newStore(t, Options{})
	capture := func(experiment, variant string, seed int64, c Capture) string {
		a := begin(t, s, addRun(t, s, experiment, variant, seed, experiment+variant).ID, nil)
		if err := a.Capture(t.Context(), c, 0); err != nil {
			t.Fatal(err)
		}
		if err := a.End(t.Context(), Finished, ""); err != nil {
			t.Fatal(err)
		}
		return a.run
	}
	other := attention(7, 1, 1, 4)
	other.Tokens[2] = "另"
	own := capture("e", "baseline", 1, attention(7, 1, 1, 4))
	capture("e", "ablated", 1, attention(7, 2, 1, 4)) // an older run of a trial
	newest := capture("e", "ablated", 1, attention(7, 2, 1, 4))
	seed := capture("e", "baseline", 2, attention(7, 1, 1, 4))
	capture("e", "other step", 1, attention(8, 1, 1, 4))
	capture("e", "other tokens", 1, other)
	capture("other", "baseline", 1, attention(7, 1, 1, 4))

	list, err := s.Captures(t.Context(), own)
	if err != nil || len(list) != 1 || list[0].Run != own {
		t.Fatalf("got %v, %v", list, err)
	}
	found, err := s.Counterparts(t.Context(), list[0])
	if err != nil {
		t.Fatal(err)
	}
	var runs []string
	for _, c := range found {
		runs = append(runs, c.Run)
	}
	if diff := cmp.Diff([]string{newest, seed}, runs); diff != "" {
		t.Error(diff)
	}
}

func TestBytesThatAreNoCharacterStayApart(t *testing.T) {
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	c := attention(1, 1, 1, 4)
	c.Tokens = []string{"\xe5", "\xe6", "字\xff", "�"}
	if err := a.Capture(t.Context(), c, 0); err != nil {
		t.Fatal(err)
	}
	info, err := s.CaptureInfo(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`\xe5`, `\xe6`, `字\xff`, "�"}, info.Tokens); diff != "" {
		t.Error(diff)
	}
}
