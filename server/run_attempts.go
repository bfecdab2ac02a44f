package server

import (
	"net/http"
	"slices"
	"time"

	"inkstone/tracker"
)

// attemptsData is the page of a run's attempts.
type attemptsData struct {
	runHead
	Table []attemptData `json:"table"`
	// Damage is what could not be read.
	Damage string `json:"damage,omitempty"`
	logs   []int
}

// attemptData is an attempt with what it recorded.
type attemptData struct {
	tracker.Attempt
	// Span is nil where it recorded nothing.
	Span *tracker.Span `json:"span"`
	// Seconds is how long it went on.
	Seconds float64 `json:"seconds"`
	HasLog  bool    `json:"has_log"`
}

// attempts answers GET /runs/{run}/attempts.
func (s *Server) attempts(r *http.Request) (view, error) {
	head, err := s.runHead(r, "attempts")
	if err != nil {
		return view{}, err
	}
	d := attemptsData{runHead: head, Table: []attemptData{}, logs: s.logsOf(head.Run)}
	spans, err := s.Store.Spans(r.Context(), head.ID)
	if err != nil && r.Context().Err() == nil {
		d.Damage = err.Error()
	}
	for _, a := range head.Attempts {
		row := attemptData{Attempt: a, HasLog: slices.Contains(d.logs, a.Number)}
		if a.Number == len(head.Attempts) && head.Status == tracker.Lost {
			row.Status = tracker.Lost
		}
		row.Seconds = lasted(a, time.Now()).Seconds()
		for _, span := range spans {
			if span.Attempt == a.Number {
				row.Span = &span
			}
		}
		d.Table = append(d.Table, row)
	}
	return head.view(d), nil
}

// lasted is how long an attempt went on, up to now where it goes on.
func lasted(a tracker.Attempt, now time.Time) time.Duration {
	if a.Ended.IsZero() {
		return now.Sub(a.Started)
	}
	return a.Ended.Sub(a.Started)
}

// Lasted words it.
func (a attemptData) Lasted() string { return span(time.Duration(a.Seconds * float64(time.Second))) }

// Refused is the log of an attempt that was refused before it began, 0 without one.
func (d attemptsData) Refused() int {
	for _, number := range d.logs {
		if number > len(d.Table) {
			return number
		}
	}
	return 0
}
