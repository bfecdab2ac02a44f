package worddiff

import "slices"

// Span is a stretch of a text. New: it is not in the text that this one is compared with, at that place.
type Span struct {
	Text string `json:"text"`
	New  bool   `json:"new,omitempty"`
}

// most bounds the differences that are looked for: a search takes time and memory by their square. Texts that differ in more
// are marked between what they have in common at both ends.
const most = 1000

// Mark marks what of a text is new beside another.
func Mark(before, after string) []Span {
	a, b := words(before), words(after)
	start := 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < min(len(a), len(b))-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	fresh := make([]bool, len(b))
	middle := fresh[start : len(b)-end]
	if !script(a[start:len(a)-end], b[start:len(b)-end], middle) {
		for i := range middle {
			middle[i] = true
		}
	}
	return join(b, fresh)
}

// script finds the shortest edit script (Myers, An O(ND) Difference Algorithm, 1986) and notes which words of b are inserted; it
// is false where more than so many edits are needed.
func script(a, b []string, inserted []bool) bool {
	limit := min(len(a)+len(b), most)
	furthest := make([]int, 2*limit+2) // by diagonal x - y, at limit + k
	var trace [][]int
	for d := 0; d <= limit; d++ {
		trace = append(trace, slices.Clone(furthest[limit-d:limit+d+2]))
		for k := -d; k <= d; k += 2 {
			x := 0
			if k == -d || k != d && furthest[limit+k-1] < furthest[limit+k+1] {
				x = furthest[limit+k+1]
			} else {
				x = furthest[limit+k-1] + 1
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			furthest[limit+k] = x
			if x >= len(a) && x-k >= len(b) {
				back(trace, len(a), len(b), inserted)
				return true
			}
		}
	}
	return false
}

// back walks the script back from its end. trace[d] has the diagonals -d to d+1 as they stood before d edits.
func back(trace [][]int, x, y int, inserted []bool) {
	for d := len(trace) - 1; d > 0; d-- {
		at := func(k int) int { return trace[d][k+d] }
		k := x - y
		if k == -d || k != d && at(k-1) < at(k+1) {
			x = at(k + 1)
			y = x - k - 1
			inserted[y] = true
		} else {
			x = at(k - 1)
			y = x - k + 1
		}
	}
}

// join makes spans of words that are alike.
func join(list []string, fresh []bool) []Span {
	var spans []Span
	for i, word := range list {
		if n := len(spans); n > 0 && spans[n-1].New == fresh[i] {
			spans[n-1].Text += word
		} else {
			spans = append(spans, Span{word, fresh[i]})
		}
	}
	return spans
}
