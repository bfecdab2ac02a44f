package notebooks

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/tracker"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{fixed(2.4594, digits(0.0224, 2.4594)), "2.459"},
		{fixed(2.4594, digits(0.0996, 2.4594)), "2.46"}, // The deviation rounds to .10.
		{fixed(1234.5, digits(31, 1234.5)), "1,234"},
		{fixed(0.00012345, digits(nan, 0.00012345)), "0.0001234"},
		{fixed(2.437, digits(0, 2.437)), "2.437"},
		{fixed(0, digits(0, 0)), "0.000"},
		{fixed(-0.0001, 2), "0.00"},
		{fixed(25408, 0), "25,408"},
		{fixed(-1234567.8, 1), "-1,234,567.8"},
		{fixed(3.2e12, 0), "3.20e+12"},
		{fixed(4.5e-12, 9), "4.50e-12"},
		{fixed(nan, 2), "–"},
		{fixed(infinite, 2), "–"},
		{signed(0.2156, 4), "+0.2156"},
		{signed(-0.2156, 2), "-0.22"},
		{signed(0.0001, 2), "0.00"},
		{percent(0.0875), "+8.8 %"},
		{percent(-0.8), "-80 %"},
		{percent(243), "+24,300 %"},
		{percent(nan), "–"},
		{probability(0.0312), ".0312"},
		{probability(0.00001), "<.0001"},
		{probability(1), "1"},
		{probability(nan), "–"},
		{significant(1.8421), "1.84"},
		{percentLevel(1 - .05/3), "98.3 %"},
		{percentLevel(.95), "95 %"},
		{list([]int64{1, 2, 3, 5, 7, 8}), "1–3 5 7 8"},
		{list([]int64{-2, 40}), "-2 40"},
		{superscript(12), "¹²"},
		{oneLine("it broke\n\n"), "it broke"},
		{oneLine("it broke\nhere"), "it broke …"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestWrapAndShorten(t *testing.T) {
	for _, c := range []struct {
		text          string
		width, indent int
		want          []string
	}{
		{"one two three", 8, 2, []string{"one two", "  three"}},
		{"问题:两层注意力能学会复制吗", 12, 0, []string{"问题:两层注", "意力能学会复", "制吗"}},
		{"no中文mixed text", 8, 0, []string{"no中", "文mixed", "text"}},
		{"", 8, 0, []string{""}},
		{"supercalifragilistic", 8, 2, []string{"superc", "  alifra", "  gilist", "  ic"}},
	} {
		got := wrap(c.text, c.width, c.indent)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("wrap(%q) (-want +got):\n%s", c.text, diff)
		}
		for _, line := range got {
			if displayWidth(line) > c.width {
				t.Errorf("%q is wider than %d", line, c.width)
			}
		}
	}
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"baseline", 12, "baseline"},
		{"learning_rate=0.005", 12, "learn…=0.005"},
		{"层数一二三四五六", 9, "层数…五六"},
	} {
		if got := shorten(c.in, c.width); got != c.want || displayWidth(got) > c.width {
			t.Errorf("shorten(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// Whatever the values, a table can be printed and encoded, and says nothing that its rules forbid.
func TestTableOfAnyValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 5))
	odd := []float64{nan, infinite, -infinite, 0, 1e300, -1e300, 5e-324, 1}
	for range 40 {
		st := study{seeds: upTo(1 + rng.Int64N(6)), unit: "nats"}
		for _, name := range []string{"baseline", "a", "b"} {
			a := setting{name: name, outcome: map[int64]outcome{}}
			for _, seed := range st.seeds {
				v := math.Exp(20 * rng.NormFloat64())
				if rng.IntN(4) == 0 {
					v = odd[rng.IntN(len(odd))]
				}
				a.values = append(a.values, v)
				if rng.IntN(5) == 0 {
					a.outcome[seed] = outcome{status: []tracker.Status{tracker.Failed, tracker.Running}[rng.IntN(2)], err: "why"}
				}
			}
			st.variants = append(st.variants, a)
		}
		table, err := Table(context.Background(), fill(t, st), "study", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(table); err != nil {
			t.Fatalf("%+v: %v", st, err)
		}
		text := printed(t, table, TextOptions{})
		if strings.Contains(text, "no effect") || strings.Contains(text, "no difference") {
			t.Errorf("a table cannot know that:\n%s", text)
		}
		checkRows(t, table)
	}
}

// checkRows holds the rules of a row: no p without two pairs or while interim, p no larger than corrected, verdicts that
// follow from them.
func checkRows(t *testing.T, table *AblationTable) {
	t.Helper()
	for _, r := range table.Rows {
		switch {
		case table.Interim && (r.P != nil || r.PCorrected != nil || r.PExact != nil):
			t.Errorf("%s has a p although seeds are missing", r.Variant)
		case r.Test == pairedTest && r.Pairs < 2 && (r.P != nil || r.DiffCILow != nil):
			t.Errorf("%s has a p or an interval from %d pairs", r.Variant, r.Pairs)
		case r.N < 2 && (r.SD != nil || r.CILow != nil):
			t.Errorf("%s has a spread from %d seeds", r.Variant, r.N)
		case r.P != nil && (*r.PCorrected < *r.P || *r.PCorrected > 1):
			t.Errorf("%s: corrected p %v of p %v", r.Variant, *r.PCorrected, *r.P)
		case r.PExact != nil && *r.PExact < *r.PExactFloor:
			t.Errorf("%s: exact p %v is below its floor %v", r.Variant, *r.PExact, *r.PExactFloor)
		case (r.Verdict == "better" || r.Verdict == "worse") && *r.PCorrected >= 0.05:
			t.Errorf("%s is called %s at a corrected p of %v", r.Variant, r.Verdict, *r.PCorrected)
		}
	}
}
