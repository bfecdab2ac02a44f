package server

import (
	"errors"
	"net/http"
	"strings"

	"inkstone/internal/thousands"
	"inkstone/tracker"
	"inkstone/tracker/filter"
)

// mistakeView is a mistake in what was asked for: the text in three parts, the middle one being what is wrong.
type mistakeView struct {
	// Field is the name of the field, as it is labelled.
	Field              string
	Before, Bad, After string
	Column             int // of Bad, from 1; 0 where the mistake concerns the whole
	Length             int
	Message            string
	Suggestion         string
	// Fixed is the address with the suggestion in place of what is wrong, FixedText the field's text then.
	Fixed, FixedText string
}

// mistakesOf are those in what a reader asked for; there are none where an error is the store's.
func mistakesOf(err error, a runsAsked) (list []mistakeView) {
	var mistakes filter.Errors
	switch {
	case errors.As(err, &mistakes):
		for _, m := range mistakes {
			list = append(list, mistakeIn(m, a))
		}
	case errors.Is(err, tracker.ErrInvalid):
		list = append(list, mistakeView{Message: err.Error()})
	}
	return list
}

// mistakeIn tells in which field a mistake is, and what the field was probably meant to be.
func mistakeIn(m *filter.Error, a runsAsked) mistakeView {
	runes := []rune(m.Text)
	from := min(max(m.Column-1, 0), len(runes))
	to := min(from+m.Length, len(runes))
	v := mistakeView{
		Before: string(runes[:from]), Bad: string(runes[from:to]), After: string(runes[to:]), Column: m.Column, Length: m.Length,
		Message: m.Message, Suggestion: m.Suggestion,
	}
	for _, field := range []struct {
		name string
		text *string
	}{{"Filter", &a.Where}, {"Sort", &a.Sort}, {"Columns", &a.Columns}, {"Pinned columns", &a.Pinned}, {"Group", &a.Group}} {
		if *field.text != m.Text {
			continue
		}
		v.Field = field.name
		if m.Suggestion != "" && m.Column > 0 {
			v.FixedText = v.Before + m.Suggestion + v.After
			*field.text = v.FixedText
			v.Fixed = a.Address()
		}
		break
	}
	return v
}

// checkData is what is known of a filter while it is being written.
type checkData struct {
	Total    int            `json:"total"`
	Mistakes []mistakeView  `json:"-"`
	Found    []filter.Error `json:"mistakes"`
}

// Fits says how many runs the filter selects, "" where it has mistakes.
func (d checkData) Fits() string {
	switch {
	case len(d.Mistakes) > 0:
		return ""
	case d.Total == 1:
		return "1 run fits"
	}
	return thousands.Int(d.Total) + " runs fit"
}

// checkRuns answers GET /runs/check: how many runs a filter selects, or its mistakes as the page shows them.
func (s *Server) checkRuns(w http.ResponseWriter, r *http.Request) error {
	a := askedRuns(r)
	d := checkData{Found: []filter.Error{}}
	q, err := s.Store.ParseQuery(r.Context(), a.Where, a.Sort)
	if err == nil {
		d.Total, err = s.Store.CountRuns(r.Context(), q.Where)
	}
	if d.Mistakes = mistakesOf(err, a); len(d.Mistakes) == 0 && err != nil {
		return err
	}
	if !wantsJSON(r) {
		return s.renderPart(w, r, "runs", "runs-check", d)
	}
	var found filter.Errors
	if errors.As(err, &found) {
		for _, m := range found {
			d.Found = append(d.Found, *m)
		}
	}
	return writeJSON(w, http.StatusOK, d)
}

// complete answers GET /api/complete: what can stand at a cursor of a filter, which counts characters from 0.
func (s *Server) complete(r *http.Request) (any, error) {
	catalog, err := s.Store.Catalog(r.Context())
	if err != nil {
		return nil, err
	}
	text := r.FormValue("text")
	cursor := formInt(r, "cursor", len([]rune(text)))
	return append([]filter.Completion{}, filter.Complete(text, cursor, catalog)...), nil
}

// both joins two filters; either may be empty.
func both(a, b string) string {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	if a == "" || b == "" {
		return a + b
	}
	return "(" + a + ") and " + b
}
