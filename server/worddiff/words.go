package worddiff

import (
	"unicode"
	"unicode/utf8"
)

// words cuts a text: letters and digits that belong together, each space, each sign, and each character of a script that is
// written without spaces. Put together again they are the text, byte by byte.
func words(text string) []string {
	var list []string
	start := 0
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if joins(r) && !alone(r) {
			at += size
			continue
		}
		if at > start {
			list = append(list, text[start:at])
		}
		list = append(list, text[at:at+size])
		at += size
		start = at
	}
	if start < len(text) {
		list = append(list, text[start:])
	}
	return list
}

func joins(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_')
}

func alone(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
