package tracker

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTagsOfSeveralRuns(t *testing.T) {
	s := newStore(t, Options{})
	one, two := addRun(t, s, "e", "baseline", 1, "d1"), addRun(t, s, "e", "baseline", 2, "d2")
	tag := func(runs []string, r Retag) error { return s.Tag(t.Context(), runs, r) }
	if err := tag([]string{one.ID, two.ID}, Retag{Set: map[string]string{"paper": "", "by": "ann"}}); err != nil {
		t.Fatal(err)
	}
	if err := tag([]string{two.ID}, Retag{Set: map[string]string{"by": "bob"}, Remove: []string{"paper", "absent"}}); err != nil {
		t.Fatal(err)
	}
	if err := tag([]string{one.ID, "nobody"}, Retag{Set: map[string]string{"x": ""}}); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown run: got %v", err)
	}
	if err := tag([]string{one.ID}, Retag{Set: map[string]string{"": ""}}); !errors.Is(err, ErrInvalid) {
		t.Errorf("no name: got %v", err)
	}
	want := map[string]map[string]string{one.ID: {"paper": "", "by": "ann"}, two.ID: {"by": "bob"}}
	for id, tags := range want {
		r, err := s.Run(t.Context(), id)
		if diff := cmp.Diff(tags, r.Tags); diff != "" || err != nil {
			t.Errorf("%v (-want +got)\n%s", err, diff)
		}
	}
}

func TestNotesKeepTheirHistory(t *testing.T) {
	now := time.UnixMicro(1_000_000).UTC()
	s := newStore(t, Options{Clock: func() time.Time { now = now.Add(time.Second); return now }})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	if err := s.SavePlan(t.Context(), Plan{Name: "e"}); err != nil {
		t.Fatal(err)
	}
	for _, about := range []Scope{{Run: run}, {Experiment: "e"}} {
		for _, text := range []string{"first", "second", ""} {
			if err := s.WriteNote(t.Context(), about, text); err != nil {
				t.Fatal(err)
			}
		}
		notes, err := s.Notes(t.Context(), about)
		if err != nil || len(notes) != 3 || notes[0].Text != "" || notes[1].Text != "second" || notes[2].Text != "first" || !notes[0].Written.After(notes[2].Written) {
			t.Errorf("%+v: got %+v, %v", about, notes, err)
		}
	}
	for _, about := range []Scope{{}, {Run: run, Experiment: "e"}} {
		if err := s.WriteNote(t.Context(), about, "x"); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: got %v", about, err)
		}
	}
	for _, about := range []Scope{{Run: "nobody"}, {Experiment: "none"}} {
		if err := s.WriteNote(t.Context(), about, "x"); !errors.Is(err, ErrNotFound) {
			t.Errorf("%+v: got %v", about, err)
		}
	}
}

func TestTextsAreSupersededWithTheirBatches(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	a := begin(t, s, run, nil)
	put(t, s, a, 1, at("loss", 1, 1))
	early := Text{Name: "prompt-0", Step: 1, Time: time.UnixMicro(5).UTC(), Prompt: "你好", Output: "a\x00b", Settings: []byte(`{"temperature":0.5}`)}
	late := Text{Name: "prompt-0", Step: 2, Prompt: "p", Output: "later", Settings: []byte("{}")}
	for sequence, x := range map[int64]Text{1: early, 2: late} {
		if sequence == 2 {
			put(t, s, a, 2, at("loss", 2, 1))
		}
		if err := a.Texts(t.Context(), []Text{x}, sequence); err != nil {
			t.Fatal(err)
		}
	}
	for name, bad := range map[string]Text{"no name": {}, "settings": {Name: "x", Settings: []byte("[1]")}} {
		if err := a.Texts(t.Context(), []Text{early, bad}, 2); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	check := func(want ...Text) {
		t.Helper()
		got, err := s.Texts(t.Context(), run)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got)\n%s", err, diff)
		}
	}
	check(early, late)
	a.release()
	begin(t, s, run, &Resume{Attempt: 1, Sequence: 1})
	check(early)
}

func TestLogsAreReadByLine(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	long := strings.Repeat("x", 3*longestLine)
	if err := os.WriteFile(s.LogPath(run, 1), []byte("one\ntwo\r\n"+long+"\nfour \x1b[31mred\nlast"), 0o644); err != nil {
		t.Fatal(err)
	}
	texts := func(from, count int) (got []string) {
		lines, total, err := s.LogLines(t.Context(), run, 1, from, count)
		if err != nil || total != 5 {
			t.Fatalf("got %d lines, %v", total, err)
		}
		for i, l := range lines {
			if i > 0 && l.Number != lines[i-1].Number+1 {
				t.Errorf("line %d behind line %d", l.Number, lines[i-1].Number)
			}
			got = append(got, l.Text)
		}
		return got
	}
	for _, c := range []struct {
		from, count int
		want        []string
	}{
		{1, 2, []string{"one", "two"}}, {2, 1, []string{"two"}}, {4, 9, []string{"four \x1b[31mred", "last"}}, {-2, 9, []string{"four \x1b[31mred", "last"}},
		{-9, 1, []string{"one"}}, {9, 1, nil}, {3, 1, []string{long[:longestLine]}},
	} {
		if diff := cmp.Diff(c.want, texts(c.from, c.count)); diff != "" {
			t.Errorf("%d lines from %d: %s", c.count, c.from, diff)
		}
	}
	found, err := s.SearchLog(t.Context(), run, 1, regexp.MustCompile("^(t|l)"), 1, 5)
	if diff := cmp.Diff([]Line{{2, "two"}, {5, "last"}}, found); diff != "" || err != nil {
		t.Errorf("search: %v %s", err, diff)
	}
	if lines, total, err := s.LogLines(t.Context(), run, 7, 1, 10); err != nil || total != 0 || lines != nil {
		t.Errorf("no log: %v, %d, %v", lines, total, err)
	}
}
