package notebooks

import (
	"math"
	"slices"
	"strings"

	"inkstone/tracker/stats"
)

// summarize fills what a row says of its variant alone.
func (t *AblationTable) summarize(g *group) Row {
	_, x := g.finite()
	s, interval := stats.MeanInterval(x, t.Level)
	r := Row{
		Variant: g.variant.Name, Changes: g.variant.Changes, Params: g.params,
		N: s.N, NFailed: len(g.failures), Mean: defined(s.Mean), SD: defined(s.SD),
		CILow: defined(interval.Low), CIHigh: defined(interval.High),
		Also: map[string]*float64{}, Warnings: []string{},
		Failures: append([]Failure{}, g.failures...), Excluded: append([]Exclusion{}, g.excluded...), Values: append([]SeedValue{}, g.values...),
	}
	for _, name := range t.Also {
		// A further metric with a value that is not finite has no mean; the values are named in its own table.
		r.Also[name] = defined(stats.Summarize(g.also[name]).Mean)
	}
	r.Groups = t.groups(x)
	r.Warnings = t.valueWarnings(&r, g)
	if r.N <= 2 {
		r.caution = stats.Caution(r.N, t.Comparisons)
	}
	return r
}

// relevantGap is the share of the larger group's mean that a gap must reach for two groups to be worth a word: seeds that
// repeat to three digits have gaps too.
const relevantGap = 0.1

// groups finds seeds that fall into two groups with a gap that matters.
func (t *AblationTable) groups(x []float64) *Groups {
	g, ok := stats.Split(x)
	if !ok {
		return nil
	}
	low, high := stats.Summarize(g.Low), stats.Summarize(g.High)
	if high.Mean-low.Mean < relevantGap*max(math.Abs(low.Mean), math.Abs(high.Mean)) {
		return nil
	}
	found := &Groups{Of: len(x), NLow: low.N, NHigh: high.N, MeanLow: low.Mean, MeanHigh: high.Mean}
	switch t.Goal {
	case "minimize":
		found.Reached = low.N
	case "maximize":
		found.Reached = high.N
	}
	return found
}

// compare fills what a row says of its difference from the baseline.
func (t *AblationTable) compare(r *Row, g, base *group) {
	seeds, x := g.finite()
	baseSeeds, y := base.finite()
	if len(x) == 0 || len(y) == 0 {
		return
	}
	pairs, a, b := common(seeds, x, baseSeeds, y)
	r.Pairs = len(pairs)
	var c stats.Comparison
	if r.Pairs > 0 {
		r.Test = pairedTest
		c = stats.PairedT(a, b, t.DiffLevel)
		d := stats.Differences(a, b)
		r.DiffSD, r.Effect = defined(c.SD), defined(stats.DZ(d))
		exact, floor := stats.SignFlip(d)
		r.PExact, r.PExactFloor = defined(exact), defined(floor)
	} else {
		r.Test, a, b = welchTest, x, y
		c = stats.WelchT(a, b, t.DiffLevel)
		r.Effect = defined(stats.CohensD(a, b))
	}
	r.Diff, r.DiffCILow, r.DiffCIHigh = defined(c.Diff), defined(c.Low), defined(c.High)
	r.DiffRelative = defined(c.Diff / math.Abs(stats.Summarize(b).Mean))
	r.CohensD, r.HedgesG = defined(stats.CohensD(a, b)), defined(stats.HedgesG(a, b))
	if !constant(c, a, b) {
		r.P = defined(c.P)
	} else {
		r.Effect = nil
	}
	r.caution = t.caution(r, len(a), len(b))
	r.Warnings = append(r.Warnings, pairWarnings(r, g, base, pairs)...)
	if t.Interim || !t.Declared {
		r.P, r.PExact, r.PExactFloor = nil, nil, nil
	}
	if r.PExact == nil || r.Pairs < 2 {
		r.PExact, r.PExactFloor = nil, nil
	}
}

const (
	pairedTest = "paired t"
	welchTest  = "Welch t"
)

// constant tells that nothing varies beyond rounding, so that a t test would divide by zero.
func constant(c stats.Comparison, a, b []float64) bool {
	scale := 0.0
	for _, v := range slices.Concat(a, b) {
		scale = max(scale, math.Abs(v))
	}
	return c.High-c.Low <= 1e-12*scale
}

// common pairs two groups by seed.
func common(seeds []int64, x []float64, baseSeeds []int64, y []float64) (pairs []int64, a, b []float64) {
	for i, seed := range seeds {
		if j := slices.Index(baseSeeds, seed); j >= 0 {
			pairs, a, b = append(pairs, seed), append(a, x[i]), append(b, y[j])
		}
	}
	return pairs, a, b
}

// caution is the warning that n alone calls for. Of Welch's test it speaks for the smaller group, and leaves out what
// concerns pairs.
func (t *AblationTable) caution(r *Row, n, nBase int) string {
	if n = min(n, nBase); n > 2 && (r.Test == welchTest || t.Interim || !t.Declared) {
		return ""
	}
	return stats.Caution(n, t.Comparisons)
}

// conclude corrects the p-values over the declared comparisons, gives the verdicts and gathers the warnings.
func (t *AblationTable) conclude() {
	p := []float64{}
	for i := 1; i < len(t.Rows); i++ {
		r := &t.Rows[i]
		if r.Test != "" && !strings.Contains(t.Test, r.Test) {
			t.Test = join(t.Test, ", ", r.Test)
		}
		if r.P == nil {
			p = append(p, math.NaN())
		} else {
			p = append(p, *r.P)
		}
	}
	if t.Declared && t.Comparisons > 0 {
		t.Correction = "Holm"
	}
	for i, adjusted := range stats.Holm(p) {
		r := &t.Rows[i+1]
		r.PCorrected = defined(adjusted)
		r.Verdict = t.verdict(r)
		if r.PCorrected != nil && *r.PCorrected < stats.Alpha && r.straddles() {
			r.Warnings = append(r.Warnings, "Holm's method, which steps down, decides here; the simultaneous interval, which is wider, includes 0")
		}
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		if r.caution != "" {
			r.Warnings = append([]string{r.caution}, r.Warnings...)
		}
		for _, w := range r.Warnings {
			r.Warning = join(r.Warning, "; ", w)
		}
	}
}
