package tracker

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSpansTellWhatAttemptsRecorded(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	if spans, err := s.Spans(t.Context(), run); err != nil || spans != nil {
		t.Errorf("before the first attempt: %v, %v", spans, err)
	}
	first := begin(t, s, run, nil)
	for step := range int64(5) {
		put(t, s, first, step+1, at("loss", step, 1), at("accuracy", step, 0.5))
	}
	first.release()
	second := begin(t, s, run, &Resume{Attempt: 1, Sequence: 3})
	for step := int64(3); step < 9; step++ {
		put(t, s, second, step-2, at("loss", step, 1))
	}
	want := []Span{{Attempt: 1, FirstStep: 0, LastStep: 4, Superseded: 4}, {Attempt: 2, FirstStep: 3, LastStep: 8}}
	for _, folded := range []bool{false, true} {
		if folded {
			foldAll(t, s)
		}
		spans, err := s.Spans(t.Context(), run)
		if diff := cmp.Diff(want, spans); diff != "" || err != nil {
			t.Errorf("folded %t: %v (-want +got)\n%s", folded, err, diff)
		}
	}
}
