package server

import (
	"regexp"
	"strings"
	"testing"

	"inkstone/internal/golden"
)

// What differs between two stores that hold the same: ids, times, versions, folders.
var passing = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`[0-9a-hjkmnp-tv-z]{16}`), "RUN"}, {regexp.MustCompile(`title="\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"`), `title="TIME"`},
	{regexp.MustCompile(`>\d{4}-\d\d-\d\d \d\d:\d\d<`), ">WHEN<"}, {regexp.MustCompile(`title="[0-9.]+m?s">\d+ s<`), `title="SPAN">SPAN<`}, {regexp.MustCompile(`data-version="\d+"`), `data-version="V"`},
}

// TestRunsAsWritten compares what the page says between its head and its foot with a file.
func TestRunsAsWritten(t *testing.T) {
	b := newBench(t, "<other> & more")
	for _, name := range []string{"baseline/1", "<other> & more/1"} {
		a, r := b.train(name)
		b.must(r.Log(1, map[string]float64{"val/loss": 1.25}))
		_, err := r.Flush(t.Context())
		b.must(err)
		b.must(a.End(t.Context(), "finished", ""))
	}
	for name, query := range map[string]string{"list": "?pinned=variant&columns=val/loss,+duration,+started&sort=val/loss", "groups": "?group=variant,seed&columns=val/loss", "mistake": "?where=%3Cb%3E", "empty": "?where=seed+%3E+5"} {
		_, _, text := b.get("/runs" + query)
		_, text, _ = strings.Cut(text, "<main")
		text, _, _ = strings.Cut(text, "</main>")
		for _, p := range passing {
			text = p.what.ReplaceAllString(text, p.with)
		}
		golden.Check(t, "testdata/runs/"+name+".html", "<main"+text+"</main>\n")
	}
}
