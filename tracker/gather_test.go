package tracker

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRunsAreGathered(t *testing.T) {
	s, runs := orderedStore(t)
	if err := s.Tag(t.Context(), []string{runs[2].ID}, Retag{Set: map[string]string{ExcludedTag: "wrong data", "kind": "x"}}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		where, by string
		want      []string
	}{
		"a variant":         {"", "variant", []string{"[a] 3-1 [3 5]", "[b] 3-0 [1 4]"}},
		"a number":          {"", "model.width", []string{"[1] 2-0 [1 3]", "[2] 2-1 []", "[3] 2-0 [4 5]"}},
		"a tag":             {"", "tag.kind", []string{"[x] 1-1 []", "[-] 5-0 [1 3 4 5]"}},
		"the status":        {"", "status", []string{"[finished] 5-1 [1 3 5]", "[running] 1-0 [4]"}},
		"two keys":          {"seed < 3", "variant, model.width", []string{"[a 1] 1-0 [3]", "[a 2] 1-1 []", "[b 1] 1-0 [1]"}},
		"a flag":            {"seed < 2", "train.amp", []string{"[true] 2-0 [1 3]"}},
		"something null":    {"seed < 2", "train.note", []string{"[-] 2-0 [1 3]"}},
		"no run":            {"seed > 99", "variant", nil},
		"an attribute seed": {"seed < 2", "seed", []string{"[0] 1-0 [3]", "[1] 1-0 [1]"}},
	} {
		t.Run(name, func(t *testing.T) {
			q, err := s.ParseQuery(t.Context(), c.where, "")
			if err != nil {
				t.Fatal(err)
			}
			keys, err := s.ParseOperands(t.Context(), c.by)
			if err != nil {
				t.Fatal(err)
			}
			columns, err := s.ParseOperands(t.Context(), "loss, duration, parameters")
			if err != nil {
				t.Fatal(err)
			}
			groups, err := s.Gather(t.Context(), q.Where, keys, columns)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, g := range groups {
				var key []string
				for _, v := range g.Key {
					key = append(key, map[bool]string{true: "-", false: v.String()}[v.Type == ""])
				}
				slices.Sort(g.Numbers[0])
				if len(g.Numbers[2]) != g.Count-g.Excluded || g.Count > g.Excluded && g.Numbers[2][0] != 10 {
					t.Errorf("%v has parameters %v", g.Key, g.Numbers[2])
				}
				got = append(got, fmt.Sprintf("%v %d-%d %v", key, g.Count, g.Excluded, g.Numbers[0]))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTagValuesOfSomeRuns(t *testing.T) {
	s, runs := orderedStore(t)
	if err := s.Tag(t.Context(), []string{runs[0].ID, runs[1].ID}, Retag{Set: map[string]string{"kind": "x"}}); err != nil {
		t.Fatal(err)
	}
	got, err := s.TagValues(t.Context(), "kind", []string{runs[1].ID, runs[2].ID, "nowhere"})
	if diff := cmp.Diff(map[string]string{runs[1].ID: "x"}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}
