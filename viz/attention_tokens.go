package viz

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"gonum.org/v1/plot/vg"
)

// tokenRoom is for a token's text, at most.
const tokenRoom vg.Length = 84

// TokenText is a token as it can be read: spaces as dots, line breaks, control characters and what is no character escaped.
func TokenText(token string) string {
	var b strings.Builder
	for _, r := range token {
		switch {
		case r == ' ':
			b.WriteRune('·')
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case !unicode.IsPrint(r) || r == unicode.ReplacementChar:
			b.WriteString(codePoint(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// tokenAxis names the positions along a side of a figure by their tokens.
type tokenAxis struct {
	names []string
	pitch vg.Length // between two positions
}

// tokens are the names of a side: the tokens, or the numbers of the positions where there are not as many tokens.
func newTokenAxis(tokens []string, n int, pitch vg.Length) tokenAxis {
	a := tokenAxis{pitch: pitch}
	for i := range n {
		if len(tokens) != n {
			a.names = append(a.names, strconv.Itoa(i))
		} else {
			a.names = append(a.names, TokenText(tokens[i]))
		}
	}
	return a
}

// every is how many positions share a name, so that names do not touch.
func (a tokenAxis) every() int { return max(1, int(math.Ceil(float64(1.1*sizeToken/a.pitch)))) }

// named visits the positions that are named, with their names cut to their room.
func (a tokenAxis) named(l *look, visit func(i int, name string)) {
	for i := 0; i < len(a.names); i += a.every() {
		visit(i, cutToken(l, a.names[i]))
	}
}

// cutToken shortens a token to its room.
func cutToken(l *look, s string) string {
	style := l.style(sizeToken, l.text)
	for letters := []rune(s); style.Width(s) > tokenRoom && len(letters) > 1; {
		letters = letters[:len(letters)-1]
		s = string(letters) + "…"
	}
	return s
}

// room is the greatest width of the names.
func (a tokenAxis) room(l *look) vg.Length {
	style, widest := l.style(sizeToken, l.text), vg.Length(0)
	a.named(l, func(_ int, name string) { widest = max(widest, style.Width(name)) })
	return widest
}
