package server

import (
	"fmt"
	"strings"

	"inkstone/tracker"
)

// statuses in the order in which they are counted and drawn.
var statuses = []tracker.Status{tracker.Finished, tracker.Running, tracker.Failed, tracker.Lost, tracker.Stopped, tracker.Planned}

// bar is how many trials have come how far; the template "bar" draws it.
type bar struct {
	Counts map[string]int
	Trials int
}

// segment is a part of a bar, in hundredths of its width.
type segment struct {
	Status      tracker.Status
	From, Width float64
}

// Segments are the parts, in order; a thin gap lies between them.
func (b bar) Segments() (list []segment) {
	const gap = 0.4
	from := 0.0
	for _, status := range statuses {
		if n := b.Counts[string(status)]; n > 0 {
			width := 100 * float64(n) / float64(b.Trials)
			list = append(list, segment{status, from, max(width-gap, gap)})
			from += width
		}
	}
	return list
}

// Words says the same: "9 of 12 finished, 2 running, 1 failed".
func (b bar) Words() string {
	words := []string{fmt.Sprintf("%d of %d finished", b.Counts[string(tracker.Finished)], b.Trials)}
	for _, status := range statuses[1:] {
		if n := b.Counts[string(status)]; n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, status))
		}
	}
	return strings.Join(words, ", ")
}
