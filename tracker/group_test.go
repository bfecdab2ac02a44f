package tracker

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestGroupRuns(t *testing.T) {
	runs := []Run{
		{ID: "a", Experiment: "x", Variant: "other", Seed: 1, Spec: json.RawMessage(`{"train": {"learning_rate": 1e-3}}`), Tags: map[string]string{"kind": "probe"}},
		{ID: "b", Experiment: "x", Variant: "baseline", Seed: 1, Spec: json.RawMessage(`{"train": {"learning_rate": 0.02}}`), Tags: map[string]string{"good": ""}},
		{ID: "c", Experiment: "y", Variant: "baseline", Seed: 10, Spec: json.RawMessage(`{"train": {"learning_rate": 1e-3}}`)},
		{ID: "d", Experiment: "y", Variant: "an", Seed: 2, Spec: json.RawMessage(`{}`)},
	}
	for by, want := range map[string][]string{
		"":                    {"baseline: bc", "an: d", "other: a"},
		"experiment":          {"x: ab", "y: cd"},
		"seed":                {"seed 1: ab", "seed 2: d", "seed 10: c"},
		"train.learning_rate": {"learning_rate 1e-3: ac", "learning_rate 0.02: b", "no train.learning_rate: d"},
		"tag.kind":            {"kind probe: a", "no kind: bcd"},
		"tag.good":            {"good: b", "no good: acd"},
		"variant, experiment": {"an, y: d", "baseline, x: b", "baseline, y: c", "other, x: a"},
		"run":                 {"x/baseline/1 b: b", "x/other/1 a: a", "y/an/2 d: d", "y/baseline/10 c: c"},
	} {
		groups, err := GroupRuns(runs, by)
		if err != nil {
			t.Errorf("%s: %v", by, err)
		}
		var got []string
		for _, g := range groups {
			ids := ""
			for _, r := range g.Runs {
				ids += r.ID
			}
			got = append(got, g.Name+": "+ids)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", by, diff)
		}
	}
	if _, err := GroupRuns(runs, "model.width"); !errors.Is(err, ErrInvalid) {
		t.Errorf("a key that no run has: %v", err)
	}
}

func TestCountingTakesOneRunOfASeed(t *testing.T) {
	run := func(id string, seed int64, status Status, tags ...string) Run {
		r := Run{ID: id, Seed: seed, Status: status, Tags: map[string]string{}}
		for _, name := range tags {
			r.Tags[name] = "why"
		}
		return r
	}
	g := RunGroup{Runs: []Run{
		run("1", 1, Finished), run("2", 1, Running), // who finished counts
		run("3", 2, Failed), run("4", 2, Lost), // or else the newest
		run("5", 3, Finished), run("6", 3, Finished), run("7", 3, Finished, ExcludedTag), // who is excluded stays, to be told of
	}}
	runs, older := g.Counting()
	var ids []string
	for _, r := range runs {
		ids = append(ids, r.ID)
	}
	if got := strings.Join(ids, " "); got != "1 4 6 7" || older != 3 {
		t.Errorf("%s count and %d are older", got, older)
	}
}
