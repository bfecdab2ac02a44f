package notebooks

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"inkstone/tracker"
	"inkstone/tracker/stats"
)

// verdict says what the comparison supports: a difference is called better or worse where its corrected p is below .05, and
// else unresolved, with the interval in which it lies. There is no verdict of no effect.
func (t *AblationTable) verdict(r *Row) string {
	switch {
	case t.Interim:
		return "interim"
	case !t.Declared:
		return ""
	case r.Diff == nil:
		return "not measured"
	case r.PCorrected != nil && *r.PCorrected < stats.Alpha:
		if t.Goal == "" {
			return side(*r.Diff)
		}
		if (*r.Diff < 0) == (t.Goal == "minimize") {
			return "better"
		}
		return "worse"
	case r.P != nil:
		low, high := r.between()
		return "unresolved: between " + low + " and " + high
	case r.Pairs == 1 || r.DiffCILow == nil:
		return "unresolved: no spread is known"
	case *r.Diff == 0:
		return "unresolved: all differences are 0"
	}
	return "unresolved: all differences are equal"
}

// side words a difference where nobody said which side is better.
func side(diff float64) string {
	if diff < 0 {
		return "lower"
	}
	return "higher"
}

// straddles tells that the interval includes zero.
func (r *Row) straddles() bool {
	return r.DiffCILow != nil && *r.DiffCILow <= 0 && *r.DiffCIHigh >= 0
}

// between prints the ends of the difference's interval with the digits that its uncertainty leaves.
func (r *Row) between() (low, high string) {
	d := r.diffDigits()
	return signed(*r.DiffCILow, d), signed(*r.DiffCIHigh, d)
}

// valueWarnings name what is odd in the values of one variant.
func (t *AblationTable) valueWarnings(r *Row, g *group) []string {
	warnings := []string{}
	if len(g.failures) > 0 {
		w := fmt.Sprintf("%s failed", seedList(failedSeeds(g.failures)))
		if r.N > 0 {
			w += fmt.Sprintf(": the mean is of the %s that finished", count(r.N, "seed"))
		}
		warnings = append(warnings, w)
	}
	for _, e := range g.excluded {
		warnings = append(warnings, fmt.Sprintf("seed %d is excluded: %s", e.Seed, reasonOf(e)))
	}
	if len(g.silent) > 0 {
		warnings = append(warnings, fmt.Sprintf("%s finished without recording %s", seedList(g.silent), t.Metric))
	}
	for _, v := range g.values {
		if !isFinite(float64(v.Value)) {
			warnings = append(warnings, fmt.Sprintf("seed %d ended at %s and is in no mean, interval or test", v.Seed, notFinite(v.Value)))
		}
	}
	if s := r.Groups; s != nil {
		w := fmt.Sprintf("the seeds fall into two groups, %d of %d about %s and %d about %s; the mean stands for neither",
			s.NLow, s.Of, significant(s.MeanLow), s.NHigh, significant(s.MeanHigh))
		if s.Reached > 0 {
			w = fmt.Sprintf("reached %d of %d: ", s.Reached, s.Of) + w
		}
		warnings = append(warnings, w)
	}
	return warnings
}

func reasonOf(e Exclusion) string {
	if e.Reason == "" {
		return "no reason was given"
	}
	return oneLine(e.Reason)
}

func notFinite(v tracker.Value) string {
	switch {
	case math.IsInf(float64(v), 1):
		return "Infinity"
	case math.IsInf(float64(v), -1):
		return "-Infinity"
	}
	return "NaN"
}

func failedSeeds(failures []Failure) []int64 {
	seeds := make([]int64, len(failures))
	for i, f := range failures {
		seeds[i] = f.Seed
	}
	return seeds
}

// pairWarnings name what is odd in a comparison.
func pairWarnings(r *Row, g, base *group, pairs []int64) []string {
	var warnings []string
	seeds, _ := g.finite()
	baseSeeds, _ := base.finite()
	switch {
	case r.Pairs == 0:
		warnings = append(warnings, "no seed is common with the baseline, so Welch's t compares independent groups")
	case r.Pairs < max(len(seeds), len(baseSeeds)):
		warnings = append(warnings, fmt.Sprintf("the difference is over the %s common with the baseline (%s)",
			count(r.Pairs, "seed"), list(pairs)))
	}
	var mixed []int64
	for _, seed := range pairs {
		if a, b := g.backend(seed), base.backend(seed); a != b && a != "" && b != "" {
			mixed = append(mixed, seed)
		}
	}
	if len(mixed) > 0 {
		warnings = append(warnings, seedList(mixed)+" trained on another backend than the baseline's")
	}
	return warnings
}

func (g *group) backend(seed int64) string {
	for _, v := range g.values {
		if v.Seed == seed {
			return v.Backend
		}
	}
	return ""
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// seedList prints "seed 3" or "seeds 1 2 5".
func seedList(seeds []int64) string {
	if len(seeds) == 1 {
		return "seed " + list(seeds)
	}
	return "seeds " + list(seeds)
}

// list prints seeds, three or more in a row as "1–5".
func list(seeds []int64) string {
	var words []string
	for i := 0; i < len(seeds); {
		end := i
		for end+1 < len(seeds) && seeds[end+1] == seeds[end]+1 {
			end++
		}
		if end-i < 2 {
			end = i
			words = append(words, strconv.FormatInt(seeds[i], 10))
		} else {
			words = append(words, fmt.Sprintf("%d–%d", seeds[i], seeds[end]))
		}
		i = end + 1
	}
	return strings.Join(words, " ")
}

func join(a, by, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + by + b
}
