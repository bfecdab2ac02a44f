package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/internal/golden"
	"inkstone/tracker"
)

// written is a bench whose runs wrote texts: to two prompts, at three steps.
func written(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, "other")
	for _, trial := range []string{"baseline/1", "baseline/2", "other/1"} {
		a, _ := b.train(trial)
		variant, _, _ := strings.Cut(trial, "/")
		var texts []tracker.Text
		for _, step := range []int64{0, 100, 300} {
			texts = append(texts, tracker.Text{Name: "prompt-0", Step: step, Prompt: "春眠", Output: fmt.Sprintf("%s的鳥 %d", variant, step), Settings: json.RawMessage(`{"temperature": 0.8}`)})
		}
		texts = append(texts, tracker.Text{Name: "prompt-1", Step: 300, Prompt: "<b>\x1b[31m", Output: "a\u202eb\x00c\xff"})
		b.must(a.Texts(t.Context(), texts, 0))
		b.must(a.End(t.Context(), tracker.Finished, ""))
	}
	return b
}

func TestSamples(t *testing.T) {
	b := written(t)
	first, second := b.runs["baseline/1"].ID, b.runs["other/1"].ID
	for name, c := range map[string]struct {
		query string
		want  []string // by prompt: the outputs, side by side
	}{
		"variants at the last step": {"experiment=study", []string{"baseline的鳥 300 | other的鳥 300", `a\u202eb\x00c\xff | a\u202eb\x00c\xff`}},
		"at the nearest step":       {"experiment=study&steps=90&prompt=prompt-0", []string{"baseline的鳥 100 (90) | other的鳥 100 (90)"}},
		"one prompt":                {"experiment=study&prompt=prompt-0", []string{"baseline的鳥 300 | other的鳥 300"}},
		"one variant":               {"experiment=study&variant=other&prompt=prompt-0", []string{"other的鳥 300"}},
		"another seed":              {"experiment=study&seed=2&prompt=prompt-0", []string{"baseline的鳥 300"}},
		"steps of a variant":        {"experiment=study&by=steps&variant=other&prompt=prompt-0", []string{"other的鳥 0 | other的鳥 100 | other的鳥 300"}},
		"steps of a run":            {"run=" + first + "&prompt=prompt-0", []string{"baseline的鳥 0 | baseline的鳥 100 | baseline的鳥 300"}},
		"some steps of a run":       {"run=" + first + "&prompt=prompt-0&steps=0,+290", []string{"baseline的鳥 0 | baseline的鳥 300 (290)"}},
		"chosen runs":               {"run=" + first + "&run=" + second + "&prompt=prompt-0", []string{"baseline的鳥 300 | other的鳥 300"}},
		"what is not there":         {"experiment=study&seed=9&variant=none&prompt=none", []string{"baseline的鳥 300 | other的鳥 300", `a\u202eb\x00c\xff | a\u202eb\x00c\xff`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, text := b.get("/samples?"+c.query, "Accept", "application/json")
			var d samplesData
			b.must(json.Unmarshal([]byte(text), &d))
			var got []string
			for _, p := range d.Prompts {
				var columns []string
				for _, column := range p.Columns {
					output := column.Output
					if column.Asked != nil {
						output += fmt.Sprintf(" (%d)", *column.Asked)
					}
					columns = append(columns, output)
				}
				got = append(got, strings.Join(columns, " | "))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestSamplesAsAPage(t *testing.T) {
	b := written(t)
	for name, c := range map[string]struct {
		path   string
		status int
		want   []string
	}{
		"marks":        {"/samples?experiment=study&prompt=prompt-0", 200, []string{"<mark>other</mark>的鳥 300", "temperature 0.8"}},
		"escapes":      {"/samples?experiment=study", 200, []string{`a\u202eb\x00c\xff`, `&lt;b&gt;\x1b[31m`, "nothing new beside the first"}},
		"a mistake":    {"/samples?experiment=study&steps=soon", 200, []string{"&#34;soon&#34; is no whole number; write steps as 0, 100, 300"}},
		"no texts":     {"/samples?run=" + b.runs["other/2"].ID, 200, []string{"record.samples", "max_new_tokens"}},
		"no selection": {"/samples", 200, []string{`/samples?experiment=study`}},
		"no run":       {"/samples?run=zzzz", 404, []string{"no run"}},
	} {
		status, _, text := b.get(c.path)
		if status != c.status {
			t.Errorf("%s: status %d", name, status)
		}
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the page lacks %q:\n%s", name, want, text)
			}
		}
	}
}

// changingParts are what differs from one time to the next: ids, versions, times, digests of regions, folders.
var changingParts = regexp.MustCompile(`[0-9a-hjkmnp-tv-z]{16}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|data-live="[0-9a-f]+"|data-version="\d+"|([?&;]v=)\d+|trained for [\d a-z]+|/tmp/[^<]*`)

// TestPagesLookTheSame keeps the content of pages whose look is settled.
func TestPagesLookTheSame(t *testing.T) {
	b := written(t)
	full, run, _ := resumed(t)
	for name, page := range map[string]struct {
		of   *bench
		path string
	}{
		"samples": {b, "/samples?experiment=study"}, "log": {full, "/runs/" + run.ID + "/log?q=line+120."}, "code": {full, "/runs/" + run.ID + "/code?attempt=1"},
		"environment": {full, "/runs/" + run.ID + "/environment"}, "parameters": {full, "/runs/" + run.ID + "/parameters"},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, text := page.of.get(page.path)
			_, main, _ := strings.Cut(text, "<main")
			main, _, _ = strings.Cut(main, "</main>")
			if status != http.StatusOK {
				t.Fatalf("status %d", status)
			}
			golden.Check(t, "testdata/"+name+".html", "<main"+changingParts.ReplaceAllString(main, "$1…")+"</main>\n")
		})
	}
}
