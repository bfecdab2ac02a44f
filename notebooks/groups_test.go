package notebooks

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/tracker"
)

// groupsOf are the runs of a study by variant.
func groupsOf(t *testing.T, s *tracker.Store, names ...string) []tracker.RunGroup {
	t.Helper()
	runs, err := s.Runs(t.Context(), tracker.RunFilter{})
	if err != nil {
		t.Fatal(err)
	}
	var groups []tracker.RunGroup
	for _, name := range names {
		g := tracker.RunGroup{Name: name}
		for _, r := range runs {
			if r.Variant == name {
				g.Runs = append(g.Runs, r)
			}
		}
		groups = append(groups, g)
	}
	return groups
}

func TestCompareAgreesWithTheTableOfThePlan(t *testing.T) {
	s := fill(t, source())
	want, err := Table(t.Context(), s, "study", "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Compare(t.Context(), s, Comparison{
		Groups: groupsOf(t, s, "baseline", "no-positions", "one-layer", "gelu-mlp"), Metric: "val/loss", Goal: "minimize", Also: []string{"val/accuracy", "val/bits_per_byte"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !got.Chosen || len(got.Warnings) != 1 || !strings.Contains(got.Method(), "over the 3 comparisons") {
		t.Errorf("chosen %v, warnings %q, method %q", got.Chosen, got.Warnings, got.Method())
	}
	for i := range want.Rows {
		want.Rows[i].Changes = ""
		if diff := cmp.Diff(want.Rows[i], got.Rows[i], cmp.AllowUnexported(Row{})); diff != "" {
			t.Errorf("row %d (-plan +groups):\n%s", i, diff)
		}
	}
}

func TestCompareWithoutAGoalSaysTheSide(t *testing.T) {
	s := fill(t, source())
	got, err := Compare(t.Context(), s, Comparison{Groups: groupsOf(t, s, "one-layer", "no-positions", "baseline"), Metric: "val/loss", Baseline: "one-layer"})
	if err != nil {
		t.Fatal(err)
	}
	var verdicts []string
	for _, r := range got.Rows {
		verdicts = append(verdicts, r.Variant+" "+r.Verdict)
	}
	if diff := cmp.Diff([]string{"one-layer ", "no-positions higher", "baseline lower"}, verdicts); diff != "" {
		t.Error(diff)
	}
}

func TestCompareTakesTheNewestRunOfASeed(t *testing.T) {
	s := fill(t, source())
	groups := groupsOf(t, s, "baseline", "one-layer")
	groups[1].Runs = append(groups[1].Runs, groupsOf(t, s, "gelu-mlp")[0].Runs...)
	got, err := Compare(t.Context(), s, Comparison{Groups: groups, Metric: "val/loss", Goal: "minimize"})
	if err != nil {
		t.Fatal(err)
	}
	if got.Rows[1].N != 5 || !strings.Contains(strings.Join(got.Warnings, "\n"), "5 older runs") {
		t.Errorf("n %d, warnings %q", got.Rows[1].N, got.Warnings)
	}
}

func TestCompareRefuses(t *testing.T) {
	s := fill(t, source())
	for name, c := range map[string]Comparison{
		"no groups":        {Metric: "val/loss"},
		"unknown baseline": {Groups: groupsOf(t, s, "baseline"), Metric: "val/loss", Baseline: "nobody"},
		"unknown metric":   {Groups: groupsOf(t, s, "baseline"), Metric: "val/lost"},
	} {
		if _, err := Compare(t.Context(), s, c); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			t.Logf("%s: %v", name, err)
		}
	}
}
