package decode

import (
	"strings"
	"unicode"
)

// quoted is how many characters of a long line are shown on either side of the caret.
const quoted = 60

// quote returns a line as it can be printed, and the line below it with a caret under the column.
func quote(source string, column int) (line, caret string) {
	text := []rune(source)
	at := min(max(column-1, 0), len(text))
	first, last := 0, len(text)
	if len(text) > 3*quoted {
		first, last = max(0, at-quoted), min(len(text), at+quoted)
	}
	var shown, below strings.Builder
	if first > 0 {
		shown.WriteString("…")
		below.WriteByte(' ')
	}
	for i := first; i < last; i++ {
		r := printable(text[i])
		shown.WriteRune(r)
		if i < at {
			below.WriteString(blank(r))
		}
	}
	if last < len(text) {
		shown.WriteString("…")
	}
	below.WriteByte('^')
	return shown.String(), below.String()
}

// printable replaces what would act on a terminal instead of being shown.
func printable(r rune) rune {
	if r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029') {
		return unicode.ReplacementChar
	}
	return r
}

// blank is as wide as the character.
func blank(r rune) string {
	switch {
	case r == '\t':
		return "\t"
	case unicode.In(r, unicode.Mn, unicode.Me):
		return ""
	case isWide(r):
		return "  "
	}
	return " "
}

// isWide tells whether a terminal gives the character two cells (the blocks of Unicode's East Asian Width "W" and "F").
func isWide(r rune) bool {
	for _, block := range wide {
		if r < block[0] {
			return false
		}
		if r <= block[1] {
			return true
		}
	}
	return false
}

var wide = [][2]rune{
	{0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0x33ff}, {0x3400, 0x4dbf}, {0x4e00, 0x9fff}, {0xa000, 0xa4cf}, {0xa960, 0xa97f},
	{0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f},
	{0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
}
