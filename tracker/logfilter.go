package tracker

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// lineFilter finds the lines that an expression matches. Go's expressions take microseconds a line; where every match must
// contain one of a few words, lines without them are passed over a hundred times faster.
type lineFilter struct {
	expression *regexp.Regexp
	words      [][]byte // one of them is in every match; none where nothing is known
	fold       bool     // the words are lower case, and a line's ASCII letters have no case
	lower      []byte   // a line in lower case
}

func newLineFilter(expression *regexp.Regexp) *lineFilter {
	f := &lineFilter{expression: expression}
	tree, err := syntax.Parse(expression.String(), syntax.Perl)
	if err != nil {
		return f // an expression of another syntax is matched without
	}
	f.fold = folds(tree)
	for _, word := range required(tree) {
		if f.fold {
			word = strings.ToLower(word)
		}
		f.words = append(f.words, []byte(word))
	}
	return f
}

func (f *lineFilter) match(line []byte) bool {
	return f.possible(line) && f.expression.Match(line)
}

// possible tells whether a line can match. Letters such as the Kelvin sign are the same as an ASCII letter where case does not
// count; lines with bytes beyond ASCII are left to the expression then.
func (f *lineFilter) possible(line []byte) bool {
	if len(f.words) == 0 {
		return true
	}
	if f.fold {
		f.lower = f.lower[:0]
		for _, c := range line {
			if c >= utf8.RuneSelf {
				return true
			}
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			f.lower = append(f.lower, c)
		}
		line = f.lower
	}
	for _, word := range f.words {
		if bytes.Contains(line, word) {
			return true
		}
	}
	return false
}

// mostWords bounds the words that each line is searched for.
const mostWords = 16

// required are texts of which every match contains at least one; none where the expression tells nothing.
func required(e *syntax.Regexp) []string {
	switch e.Op {
	case syntax.OpLiteral:
		return []string{string(e.Rune)}
	case syntax.OpCapture, syntax.OpPlus:
		return required(e.Sub[0])
	case syntax.OpRepeat:
		if e.Min > 0 {
			return required(e.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range e.Sub {
			if words := required(sub); shortest(words) > shortest(best) {
				best = words
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range e.Sub {
			words := required(sub)
			if len(words) == 0 || len(all)+len(words) > mostWords {
				return nil
			}
			all = append(all, words...)
		}
		return all
	}
	return nil
}

// shortest is the length of the shortest word: the longer, the rarer.
func shortest(words []string) int {
	if len(words) == 0 {
		return 0
	}
	n := len(words[0])
	for _, word := range words {
		n = min(n, len(word))
	}
	return n
}

// folds tells whether case does not count somewhere in an expression.
func folds(e *syntax.Regexp) bool {
	if e.Flags&syntax.FoldCase != 0 {
		return true
	}
	for _, sub := range e.Sub {
		if folds(sub) {
			return true
		}
	}
	return false
}
