package generate

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// textBuffer turns the bytes of tokens into text that can be shown at once: a character that is not complete yet is held
// back, and so is what may be the beginning of a stop sequence.
type textBuffer struct {
	stops []string
	held  []byte
	text  strings.Builder // everything that was let out
}

// push adds bytes and lets out what is certain. stopped tells that a stop sequence was met: the text ends before it.
func (b *textBuffer) push(more []byte) (out string, stopped bool) {
	b.held = append(b.held, more...)
	if at := firstOf(b.held, b.stops); at >= 0 {
		b.held = b.held[:at]
		return b.flush(), true
	}
	return b.release(len(b.held) - max(incomplete(b.held), begun(b.held, b.stops))), false
}

// flush lets out what was held back; bytes that are no character become U+FFFD.
func (b *textBuffer) flush() string { return b.release(len(b.held)) }

func (b *textBuffer) release(n int) string {
	out := strings.ToValidUTF8(string(b.held[:n]), string(utf8.RuneError))
	b.held = append(b.held[:0], b.held[n:]...)
	b.text.WriteString(out)
	return out
}

// firstOf is where the first of the sequences begins in text; −1 where there is none.
func firstOf(text []byte, sequences []string) int {
	first := -1
	for _, s := range sequences {
		if at := bytes.Index(text, []byte(s)); s != "" && at >= 0 && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

// incomplete is how many bytes at the end begin a character that is not complete.
func incomplete(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

// begun is how many bytes at the end may begin one of the sequences.
func begun(text []byte, sequences []string) int {
	longest := 0
	for _, s := range sequences {
		for n := min(len(s)-1, len(text)); n > longest; n-- {
			if string(text[len(text)-n:]) == s[:n] {
				longest = n
			}
		}
	}
	return longest
}
