package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/tracker"
)

func TestComparePage(t *testing.T) {
	b := newBench(t, "other")
	b.finish()
	for name, c := range map[string]struct {
		query string
		want  []string
	}{
		"nothing chosen":   {"", []string{"Groups of any runs, side by side", "experiment in (demo, go-source)"}},
		"by variant":       {"?where=experiment+%3D+study", []string{"<strong>baseline</strong>", "2 runs", "compare.svg?baseline=baseline&amp;group=variant", "difference from baseline", "these groups were chosen"}},
		"by seed":          {"?where=experiment+%3D+study&group=seed&baseline=seed+2", []string{"<option selected>seed 2</option>", "difference from seed 2"}},
		"named runs":       {"?run=" + b.runs["baseline/1"].ID + "&run=" + b.runs["other/1"].ID, []string{"2 chosen runs", "run=" + b.runs["other/1"].ID}},
		"no run":           {"?where=seed+%3D+77", []string{"No run fits this filter"}},
		"a mistake":        {"?where=vriant+%3D+x", []string{"did you mean variant", `role="alert"`}},
		"a key nobody has": {"?where=experiment+%3D+study&group=model.width", []string{"none of the 4 runs has it"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, text := b.get("/compare" + c.query)
			if status != http.StatusOK {
				t.Fatalf("status %d\n%s", status, text)
			}
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("the page lacks %q:\n%s", want, text)
				}
			}
		})
	}
}

func TestCompareAsJSON(t *testing.T) {
	b := newBench(t, "other")
	b.finish()
	b.must(b.store.Tag(t.Context(), []string{b.runs["other/2"].ID}, tracker.Retag{Set: map[string]string{tracker.ExcludedTag: "wrong corpus"}}))
	status, _, text := b.get("/compare?"+url.Values{"where": {"experiment = study"}}.Encode(), "Accept", "application/json")
	var got compareData
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != http.StatusOK {
		t.Fatalf("status %d, %v\n%s", status, err, text)
	}
	if got.Goal != "minimize" || got.Metric != "val/loss" || got.Baseline != "baseline" || len(got.Table.Rows) != 2 {
		t.Errorf("got %+v", got)
	}
	if row := got.Table.Rows[1]; row.N != 1 || len(row.Excluded) != 1 || row.Excluded[0].Reason != "wrong corpus" {
		t.Errorf("the excluded run counts: %+v", row)
	}
	if status, _, text := b.get("/compare?where=vriant+%3D+x", "Accept", "application/json"); status != http.StatusBadRequest || !strings.Contains(text, "mistakes") {
		t.Errorf("status %d\n%s", status, text)
	}
}

func TestDifferences(t *testing.T) {
	run := func(spec, backend, commit string) tracker.Run {
		return tracker.Run{Spec: json.RawMessage(spec), Attempts: []tracker.Attempt{{Info: tracker.AttemptInfo{Backend: backend, GitCommit: commit}}}}
	}
	groups := []tracker.RunGroup{
		{Name: "a", Runs: []tracker.Run{run(`{"name": "x", "train": {"learning_rate": 1e-3, "max_steps": 10}}`, "go", "1"), run(`{"name": "y", "train": {"learning_rate": 1e-3, "max_steps": 10}}`, "go", "1")}},
		{Name: "b", Runs: []tracker.Run{run(`{"train": {"learning_rate": 1e-2, "max_steps": 10}, "model": {"mlp": "none"}}`, "go", "1"), run(`{"train": {"learning_rate": 1e-3, "max_steps": 10}}`, "xla", "1")}},
	}
	want := []difference{{"model.mlp", []string{absent, "none (1), – (1)"}}, {"train.learning_rate", []string{"1e-3", "1e-2 (1), 1e-3 (1)"}}}
	if diff := cmp.Diff(want, differingParams(groups)); diff != "" {
		t.Errorf("params (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]difference{{"backend", []string{"go", "go (1), xla (1)"}}}, differingEnvironment(groups)); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}
