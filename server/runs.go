package server

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"inkstone/tracker"
	"inkstone/tracker/filter"
)

// runsData is a page of runs, and what asked for it.
type runsData struct {
	Where string        `json:"where"`
	Sort  string        `json:"sort"`
	Total int           `json:"total"`
	Runs  []tracker.Run `json:"runs"` // without their specs and attempts
	// Next is where the next page begins; "" on the last.
	Next string `json:"next,omitempty"`
	// Columns are the metrics that are shown.
	Columns []string `json:"-"`
	Mistake string   `json:"-"`
}

// mostRuns bounds a page.
const mostRuns = 1000

func (s *Server) runs(r *http.Request) (view, error) {
	d := runsData{Where: r.FormValue("where"), Sort: r.FormValue("sort"), Runs: []tracker.Run{}}
	q, err := s.Store.ParseQuery(r.Context(), d.Where, d.Sort)
	if !wantsJSON(r) && (errors.As(err, new(filter.Errors)) || errors.Is(err, tracker.ErrInvalid)) {
		d.Mistake = err.Error()
		return view{"runs", "Runs", d}, nil
	}
	if err != nil {
		return view{}, err
	}
	q.After, q.Limit = r.FormValue("after"), min(max(formInt(r, "limit", 100), 1), mostRuns)
	page, err := s.Store.Query(r.Context(), q)
	if err != nil {
		return view{}, err
	}
	d.Total, d.Next = page.Total, page.Next
	for _, run := range page.Runs {
		run.Spec, run.Attempts = nil, nil
		d.Runs = append(d.Runs, run)
	}
	d.Columns = shownMetrics(q)
	return view{"runs", "Runs", d}, nil
}

// shownMetrics are the metrics that a query is about, or else the validation loss.
func shownMetrics(q tracker.Query) (names []string) {
	seen := map[string]bool{}
	see := func(o filter.Operand) {
		if o.Kind == filter.Metric && !seen[o.Name] {
			seen[o.Name] = true
			names = append(names, o.Name)
		}
	}
	if q.Order != nil {
		see(q.Order.Operand)
	}
	filter.Operands(q.Where, see)
	if len(names) == 0 {
		return []string{"val/loss"}
	}
	return names
}

// NextPage is the address of the next page.
func (d runsData) NextPage() string {
	return "/runs?" + url.Values{"where": {d.Where}, "sort": {d.Sort}, "after": {d.Next}}.Encode()
}

// complete answers GET /api/complete: what can stand at a cursor of a filter, which counts characters from 0.
func (s *Server) complete(r *http.Request) (any, error) {
	catalog, err := s.Store.Catalog(r.Context())
	if err != nil {
		return nil, err
	}
	cursor, err := strconv.Atoi(r.FormValue("cursor"))
	if err != nil {
		cursor = len([]rune(r.FormValue("text")))
	}
	return append([]filter.Completion{}, filter.Complete(r.FormValue("text"), cursor, catalog)...), nil
}
