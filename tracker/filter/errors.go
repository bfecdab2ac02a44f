package filter

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one mistake in a filter or an order.
type Error struct {
	// Text is the whole of what was parsed.
	Text string `json:"text"`
	// Column counts characters from 1, Length characters. Both are 0 where the mistake concerns the whole.
	Column int `json:"column"`
	Length int `json:"length"`
	// Message is a sentence without its full stop.
	Message string `json:"message"`
	// Suggestion is what was probably meant, or empty.
	Suggestion string `json:"suggestion,omitempty"`
}

// Error prints the message and the suggestion; then the line and a caret.
func (e *Error) Error() string {
	text := e.Message
	if e.Suggestion != "" {
		text += "; did you mean " + e.Suggestion + "?"
	}
	if e.Column == 0 {
		return text
	}
	line, caret := quote(e.Text, e.Column)
	return text + "\n    " + line + "\n    " + caret
}

// MaxErrors bounds how many mistakes are reported.
const MaxErrors = 20

// Errors is what Parse and Check return: every mistake in the order of the text, up to MaxErrors. A mistake in the syntax
// stands alone.
type Errors []*Error

// Error prints every mistake.
func (e Errors) Error() string {
	parts := make([]string, len(e))
	for i, m := range e {
		parts[i] = m.Error()
	}
	return strings.Join(parts, "\n")
}

// err sorts the mistakes by place. It is nil without any.
func (e Errors) err() error {
	if len(e) == 0 {
		return nil
	}
	slices.SortStableFunc(e, func(a, b *Error) int { return cmp.Compare(a.Column, b.Column) })
	return e
}

func mistake(at Pos, suggestion, format string, args ...any) *Error {
	for i, a := range args {
		switch a := a.(type) {
		case string:
			args[i] = shorten(a)
		case Operand:
			args[i] = shorten(a.String())
		}
	}
	return &Error{Text: at.Text, Column: at.Column, Length: at.Length, Message: fmt.Sprintf(format, args...), Suggestion: suggestion}
}

// shorten keeps a message readable, whatever it is about.
func shorten(text string) string {
	const most = 200
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
