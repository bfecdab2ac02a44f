package notebooks

import (
	"fmt"
	"slices"
	"strings"

	"inkstone/tracker/stats"
)

// footnotes print the marked notes, the errors of failed runs, the warnings of the whole table, and the method.
func (t *AblationTable) footnotes(p *page) {
	notes := p.legend
	for i, text := range p.order {
		notes = append(notes, superscript(i+1)+" "+text+".")
	}
	notes = append(notes, t.errors()...)
	for _, w := range append(slices.Clone(t.Warnings), t.cautions()...) {
		notes = append(notes, "! "+w+".")
	}
	if len(notes) > 0 || t.tested() || len(p.dropped) > 0 {
		p.WriteString("\n")
	}
	for _, text := range notes {
		p.paragraph(text, 2)
	}
	if method := t.Method(); method != "" {
		p.paragraph(method, 0)
	}
	if len(p.dropped) > 0 {
		p.paragraph("Left out at this width: "+strings.Join(p.dropped, ", ")+".", 0)
	}
}

// errors are those of the failed runs, each said once per variant.
func (t *AblationTable) errors() []string {
	var out []string
	for _, r := range t.Rows {
		var order []string
		failed := map[string][]Failure{}
		for _, f := range r.Failures {
			text := oneLine(f.Error)
			if failed[text] == nil {
				order = append(order, text)
			}
			failed[text] = append(failed[text], f)
		}
		for _, text := range order {
			runs := "run " + failed[text][0].Run
			if more := len(failed[text]) - 1; more > 0 {
				runs += fmt.Sprintf(" and %d more", more)
			}
			out = append(out, fmt.Sprintf("! %s, %s failed (%s): %s", r.Variant, seedList(failedSeeds(failed[text])), runs, text))
		}
	}
	return out
}

// cautions are what n alone calls for, each said once, with the variants that it concerns where it does not concern all
// comparisons.
func (t *AblationTable) cautions() []string {
	var order []string
	names := map[string][]string{}
	for i := range t.Rows {
		r := &t.Rows[i]
		if r.caution == "" || i == 0 && len(t.Rows) > 1 && r.caution == t.Rows[1].caution {
			continue
		}
		if names[r.caution] == nil {
			order = append(order, r.caution)
		}
		names[r.caution] = append(names[r.caution], r.Variant)
	}
	for i, text := range order {
		if len(names[text]) < t.Comparisons {
			order[i] = strings.Join(names[text], ", ") + ": " + text
		}
	}
	return order
}

func oneLine(s string) string {
	s, rest, more := strings.Cut(strings.TrimSpace(s), "\n")
	if more && strings.TrimSpace(rest) != "" {
		return s + " …"
	}
	return s
}

// Method says how the intervals and p-values came about, where there are any.
func (t *AblationTable) Method() string {
	if !t.tested() {
		return ""
	}
	s := fmt.Sprintf("Intervals of differences are %s", percentLevel(t.DiffLevel))
	if t.Comparisons > 1 {
		s += fmt.Sprintf(" each, so that all %d hold together at %s", t.Comparisons, percentLevel(t.Level))
	}
	s += "."
	switch {
	case !t.Declared:
		return s + " p is given for the declared metric alone."
	case t.Interim:
		return s
	}
	s += fmt.Sprintf(" p: %s, two-sided", t.Test)
	if t.Comparisons > 1 {
		s += fmt.Sprintf("; Holm: corrected over the %d %scomparisons", t.Comparisons, t.declared())
	}
	if n, floor := t.floor(); n > 0 {
		s += fmt.Sprintf("; exact: sign-flip permutation, at best %s with %s", probability(floor), count(n, "pair"))
	}
	s += "."
	if n := t.unresolvedPairs(); n > 3 {
		s += fmt.Sprintf(" With %d pairs, differences above %.1f sd of the paired differences are found (power .8).",
			n, stats.Detectable(n, 1-t.DiffLevel, stats.Power))
	}
	return s
}

// declared is the word for comparisons that were planned.
func (t *AblationTable) declared() string {
	if t.Chosen {
		return ""
	}
	return "declared "
}

// floor is the lowest exact p that the rows' pairs allow, and the number of these pairs.
func (t *AblationTable) floor() (pairs int, p float64) {
	for _, r := range t.Rows {
		if r.PExactFloor != nil && r.Pairs > pairs {
			pairs, p = r.Pairs, *r.PExactFloor
		}
	}
	return pairs, p
}

// unresolvedPairs is the number of pairs of the unresolved comparison with most of them.
func (t *AblationTable) unresolvedPairs() int {
	n := 0
	for _, r := range t.Rows {
		if strings.HasPrefix(r.Verdict, "unresolved: between") {
			n = max(n, r.Pairs)
		}
	}
	return n
}
