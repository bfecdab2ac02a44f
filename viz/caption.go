package viz

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"inkstone/internal/thousands"
	"inkstone/tracker"
)

// plain writes a number that a reader gave, with all its digits.
func plain(v float64) string {
	if size := math.Abs(v); size >= 1e-4 && size < 1e15 || v == 0 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// amount writes a count with its noun.
func amount(n int, one, many string) string { return thousands.Int(n) + " " + plural(n, one, many) }

// span writes n where it is the same everywhere, and else the range.
func span(least, most int) string {
	if least == most {
		return strconv.Itoa(most)
	}
	return fmt.Sprintf("%d–%d", least, most)
}

// few lists names, and counts those beyond the first six.
func few(names []string) string {
	const shown = 6
	if len(names) > shown+1 {
		names = append(names[:shown:shown], fmt.Sprintf("and %d more", len(names)-shown))
	}
	return strings.Join(names, "; ")
}

// sources says how many points series stand for, and what of the plan is missing or unfinished.
func sources(all []series, x string) []string {
	recorded, repeated, nonFinite, bundled := 0, 0, 0, 1
	var without, unfinished, damaged []string
	for _, s := range all {
		recorded, repeated = recorded+s.recorded, repeated+s.repeated
		nonFinite += s.broken[notNumber] + s.broken[plusInfinity] + s.broken[minusInfinity]
		bundled = max(bundled, s.bundled)
		switch {
		case len(s.raw) == 0:
			without = append(without, fmt.Sprintf("%s (%s)", s.name(), s.status))
		case s.status != tracker.Finished:
			unfinished = append(unfinished, fmt.Sprintf("%s (%s, to %s %s)", s.name(), s.status, placeName(x), thousands.Int(int(s.raw[len(s.raw)-1].x))))
		}
		if s.damage != nil {
			damaged = append(damaged, s.name())
		}
	}
	if recorded == 0 {
		return []string{"Nothing is recorded yet."}
	}
	facts := []string{fmt.Sprintf("Drawn from %s: of each pixel column at most the lowest and the highest of a line.", amount(recorded, "recorded point", "recorded points"))}
	if bundled > 1 {
		facts = append(facts, fmt.Sprintf("Up to %s are one where a run has more than %s: their mean, with their lowest and highest values drawn behind it.",
			amount(bundled, "consecutive point", "consecutive points"), thousands.Int(exactPoints)))
	}
	if nonFinite > 0 {
		facts = append(facts, fmt.Sprintf("%s, marked at the edge.", amount(nonFinite, "value is no finite number", "values are no finite numbers")))
	}
	if repeated > 0 {
		facts = append(facts, fmt.Sprintf("%s recorded again: the last value of a step counts.", amount(repeated, "point is of a step that was", "points are of steps that were")))
	}
	if len(unfinished) > 0 {
		facts = append(facts, "Not finished, and included up to where they are: "+few(unfinished)+".")
	}
	if len(without) > 0 {
		facts = append(facts, "Without points: "+few(without)+".")
	}
	if len(damaged) > 0 {
		facts = append(facts, "Points are missing, as stored batches are damaged: "+few(damaged)+".")
	}
	return facts
}
