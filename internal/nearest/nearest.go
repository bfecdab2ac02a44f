// Package nearest finds the word that was probably meant where one was misspelt.
package nearest

import "unicode/utf8"

// To returns the candidate with the smallest edit distance to the word, if it is near enough to be what was meant; else the
// empty string. Of equally near ones the first.
func To(word string, candidates []string) string {
	if len(word) > 200 {
		return ""
	}
	best, name := max(1, utf8.RuneCountInString(word)/3), ""
	for _, c := range candidates {
		if d := distance(word, c); d <= best && d < utf8.RuneCountInString(c) && (name == "" || d < best) {
			best, name = d, c
		}
	}
	return name
}

// distance counts insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		before, last, row = last, row, before
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(y)]
}
