package tracker

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// numbered are the lines from one to before another.
func numbered(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

func TestALogIsReadWhileItGrows(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	path := s.LogPath(run, 1)
	text := ""
	for _, c := range []struct {
		name, write string
		from, count int
		want        []Line
		total       int
	}{
		{"many lines", numbered(1, 3*logMark+10), logMark, 3, []Line{{logMark, fmt.Sprint("line ", logMark)}, {logMark + 1, fmt.Sprint("line ", logMark+1)}, {logMark + 2, fmt.Sprint("line ", logMark+2)}}, 3*logMark + 9},
		{"nothing new", "", 2*logMark + 1, 1, []Line{{2*logMark + 1, fmt.Sprint("line ", 2*logMark+1)}}, 3*logMark + 9},
		{"a line that goes on", "half", -1, 5, []Line{{3*logMark + 10, "half"}}, 3*logMark + 10},
		{"its rest", " and half\nnext\n", -2, 5, []Line{{3*logMark + 10, "half and half"}, {3*logMark + 11, "next"}}, 3*logMark + 11},
		{"behind the end", "", 9 * logMark, 5, nil, 3*logMark + 11},
		{"none of them", "", 1, 0, nil, 3*logMark + 11},
	} {
		text += c.write
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		lines, total, err := s.LogLines(t.Context(), run, 1, c.from, c.count)
		if diff := cmp.Diff(c.want, lines); diff != "" || total != c.total || err != nil {
			t.Errorf("%s: %d lines, want %d, %v (-want +got)\n%s", c.name, total, c.total, err, diff)
		}
	}
	found, err := s.SearchLog(t.Context(), run, 1, regexp.MustCompile(`line \d*00$`), 2*logMark, 2)
	if diff := cmp.Diff([]Line{{2100, "line 2100"}, {2200, "line 2200"}}, found); diff != "" || err != nil {
		t.Errorf("search from a line: %v\n%s", err, diff)
	}
}

func TestALogThatWasReplacedIsCountedAnew(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	path := s.LogPath(run, 1)
	for name, text := range map[string]string{"long": numbered(1, 5000), "short": numbered(1, 3), "other": numbered(7, 6000)} {
		next := path + "." + name
		if err := os.WriteFile(next, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, path); err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		lines, total, err := s.LogLines(t.Context(), run, 1, -1, 1)
		if err != nil || total != len(want) || len(lines) != 1 || lines[0].Text != want[len(want)-1] {
			t.Errorf("%s: %d lines that end in %v, %v", name, total, lines, err)
		}
	}
}

func TestOnlySoManyLogsAreRemembered(t *testing.T) {
	var x logIndexes
	first := x.of("first")
	for i := range keptIndexes {
		x.of(fmt.Sprint(i))
	}
	if len(x.byPath) != keptIndexes || x.of("first") == first {
		t.Errorf("%d logs are remembered, the oldest among them", len(x.byPath))
	}
}
