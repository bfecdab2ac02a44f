package tracker

import (
	"regexp"
	"testing"
)

func TestALineFilterMatchesAsItsExpressionDoes(t *testing.T) {
	lines := []string{
		"", "error", "An ERROR occurred", "a warning", "WARN", "no such thing", "loss NaN", "loss 0.25", "step 120 of 400", "\u212Aelvin", "kelvin", "straße", "stra\u017Fe",
		"春眠不覺曉", "aaa", "ab", "abab", "x\xffy error",
	}
	for _, expression := range []string{
		"error", "(?i)error|warn", "^.*NaN.*$", `step \d+`, `(?i)k`, "(?i)kelvin", "(?i)strasse|STRASE", "春眠", "(ab)+", "(ab){2,}", "(ab)*", "(ab)?c*", "a|", "[ae]rror",
		"(?i:WARN)|loss", "e(rr|x)or", "(a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q|r)x?", `\bwarn`, "err(?i)OR", "^$",
	} {
		compiled := regexp.MustCompile(expression)
		filter := newLineFilter(compiled)
		for _, line := range lines {
			if got, want := filter.match([]byte(line)), compiled.MatchString(line); got != want {
				t.Errorf("%q in %q: got %t, want %t", expression, line, got, want)
			}
		}
	}
}

func TestALineFilterPassesOverLinesWithoutItsWords(t *testing.T) {
	for expression, line := range map[string]string{"(?i)error|warn": "step 120 loss 0.25", "^.*nan.*$": "loss 0.25", `(step|epoch) \d+ failed`: "step 12"} {
		if newLineFilter(regexp.MustCompile(expression)).possible([]byte(line)) {
			t.Errorf("%q is matched against %q", expression, line)
		}
	}
	for expression, line := range map[string]string{`\d{7}`: "x", "(?i)kelvin": "\u212Aelvin"} {
		if !newLineFilter(regexp.MustCompile(expression)).possible([]byte(line)) {
			t.Errorf("%q is not matched against %q", expression, line)
		}
	}
}
