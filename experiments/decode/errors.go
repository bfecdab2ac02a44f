package decode

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Place is where something was written: in a file, or in the nth --set of the command line.
type Place struct {
	File string
	// Flag counts the --set flags from 1; 0 is the file.
	Flag int
	// Line and Column count from 1, columns in characters. Both are 0 where a mistake concerns the whole.
	Line, Column int
	// Source is the whole line.
	Source string
}

// String is "file:line:column" or "--set #n".
func (p Place) String() string {
	switch {
	case p.Flag > 0:
		return fmt.Sprintf("--set #%d", p.Flag)
	case p.Line == 0:
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

func (p Place) compare(q Place) int {
	return cmp.Or(cmp.Compare(p.Flag, q.Flag), cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Column, q.Column))
}

// Error is one mistake.
type Error struct {
	Place
	// Message is a sentence without its full stop.
	Message string
	// Suggestion is the word that was probably meant, or empty.
	Suggestion string
}

// Error prints the place, the message and the suggestion; then the line and a caret.
func (e Error) Error() string {
	text := e.Place.String() + ": " + e.Message
	if e.Suggestion != "" {
		text += "; did you mean " + e.Suggestion + "?"
	}
	if e.Line == 0 {
		return text
	}
	line, caret := quote(e.Source, e.Column)
	return text + "\n    " + line + "\n    " + caret
}

// MaxErrors bounds how many mistakes are kept.
const MaxErrors = 200

// Errors is every mistake of a document, up to MaxErrors.
type Errors struct {
	List []Error
	// More tells that there are further mistakes.
	More bool
}

// Add notes a mistake. One that is already noted is not repeated.
func (e *Errors) Add(at Place, format string, args ...any) { e.Suggest(at, "", format, args...) }

// Suggest notes a mistake together with what was probably meant.
func (e *Errors) Suggest(at Place, suggestion, format string, args ...any) {
	next := Error{Place: at, Message: fmt.Sprintf(format, args...), Suggestion: suggestion}
	e.add(next)
}

func (e *Errors) add(next Error) {
	switch {
	case slices.Contains(e.List, next):
	case len(e.List) == MaxErrors:
		e.More = true
	default:
		e.List = append(e.List, next)
	}
}

// Merge adds the mistakes of another list.
func (e *Errors) Merge(other *Errors) {
	if other == nil {
		return
	}
	for _, m := range other.List {
		e.add(m)
	}
	e.More = e.More || other.More
}

// Err sorts the mistakes by place and returns the list, or nil if there are none.
func (e *Errors) Err() error {
	if e == nil || len(e.List) == 0 {
		return nil
	}
	slices.SortStableFunc(e.List, func(a, b Error) int { return a.compare(b.Place) })
	return e
}

// Error prints every mistake.
func (e *Errors) Error() string {
	parts := make([]string, len(e.List), len(e.List)+1)
	for i, m := range e.List {
		parts[i] = m.Error()
	}
	if e.More {
		parts = append(parts, "and more mistakes")
	}
	return strings.Join(parts, "\n")
}
