package filter

import (
	"strings"
	"unicode"
)

// around is how many characters of a long text are shown before and after the caret.
const around = 60

// quote returns a text in one line that can be printed, and the line below it with a caret under the column.
func quote(text string, column int) (line, caret string) {
	runes := []rune(text)
	at := min(max(column-1, 0), len(runes))
	first, last := 0, len(runes)
	if len(runes) > 3*around {
		first, last = max(0, at-around), min(len(runes), at+around)
	}
	var shown, below strings.Builder
	if first > 0 {
		shown.WriteString("…")
		below.WriteByte(' ')
	}
	for i, r := range runes[first:last] {
		shown.WriteRune(printable(r))
		if first+i < at {
			below.WriteString(strings.Repeat(" ", width(r)))
		}
	}
	if last < len(runes) {
		shown.WriteString("…")
	}
	return shown.String(), below.String() + "^"
}

// printable replaces what would act on a terminal instead of being shown.
func printable(r rune) rune {
	switch {
	case unicode.IsSpace(r) && width(r) == 1:
		return ' '
	case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
		return unicode.ReplacementChar
	}
	return r
}

// width is how many cells a terminal gives the character.
func width(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, fullwidth):
		return 2
	}
	return 1
}

// fullwidth are the signs, forms and pictures beside East Asian letters that take two cells.
var fullwidth = &unicode.RangeTable{
	R16: []unicode.Range16{{Lo: 0x3000, Hi: 0x303e, Stride: 1}, {Lo: 0xfe30, Hi: 0xfe6f, Stride: 1}, {Lo: 0xff01, Hi: 0xff60, Stride: 1}, {Lo: 0xffe0, Hi: 0xffe6, Stride: 1}},
	R32: []unicode.Range32{{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1}, {Lo: 0x1f900, Hi: 0x1f9ff, Stride: 1}},
}
