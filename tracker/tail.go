package tracker

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// Event tells what a commit changed. Kind is "points", "run", "plan", "capture", "text", "artifact", "note" or "tags"; Metrics
// are those of new points.
type Event struct {
	// Version is that of the store with this event and all before it.
	Version    int64    `json:"-"`
	Kind       string   `json:"kind"`
	Experiment string   `json:"experiment"`
	Run        string   `json:"run,omitempty"`
	Metrics    []string `json:"metrics,omitempty"`
	// Values are the last values that new points brought, by metric; those of a context of its own are left out.
	Values map[string]Value `json:"values,omitempty"`
	// Arrivals are the new points, where they are not superseded.
	Arrivals []Arrival `json:"-"`
}

// tailPage bounds what one Tail returns.
const tailPage = 1_000

// addEvent notes in the journal what a commit changed; points note themselves.
func addEvent(ctx context.Context, tx *sql.Tx, e Event) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO journal (kind, experiment, run) VALUES (?, ?, nullif(?, ''))", e.Kind, e.Experiment, e.Run)
	return err
}

// Version grows with every commit that a reader could see.
func (s *Store) Version(ctx context.Context) (int64, error) {
	return versionIn(ctx, s.read)
}

func versionIn(ctx context.Context, q queryer) (v int64, err error) {
	if err := q.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'journal'").Scan(&v); err != nil {
		return 0, fmt.Errorf("read the store's version: %w", err)
	}
	return v, nil
}

// Tail returns the events after a version, in order, at most a page of them, and the version up to which they reach.
// Where events after that version are no longer kept, the error is ErrReset, and the version the newest.
func (s *Store) Tail(ctx context.Context, after int64) ([]Event, int64, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, after, fmt.Errorf("tail the store: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	var floor, newest int64
	err = tx.QueryRowContext(ctx, "SELECT (SELECT value FROM facts WHERE name = 'tail-floor'), coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'journal'), 0)").
		Scan(&floor, &newest)
	switch {
	case err != nil:
		return nil, after, fmt.Errorf("tail the store: %w", err)
	case after == newest:
		return nil, after, nil
	case after > newest || after < floor:
		return nil, newest, ErrReset
	}
	events, reached, err := tailAfter(ctx, tx, after)
	if err != nil {
		return nil, after, fmt.Errorf("tail the store: %w", err)
	}
	return events, reached, nil
}

func tailAfter(ctx context.Context, q queryer, after int64) (events []Event, reached int64, err error) {
	rows, err := q.QueryContext(ctx, `SELECT j.id, j.kind, coalesce(j.experiment, r.experiment, ''), coalesce(j.run, ''), j.payload,
			j.sequence > coalesce(a.kept_sequence, j.sequence) IS TRUE
		FROM journal j LEFT JOIN runs r ON r.id = j.run LEFT JOIN attempts a ON a.run = j.run AND a.number = j.attempt
		WHERE j.id > ? ORDER BY j.id LIMIT ?`, after, tailPage)
	if err != nil {
		return nil, after, err
	}
	defer rows.Close()
	reached = after
	for rows.Next() {
		var e Event
		var payload sql.RawBytes
		var superseded bool
		if err := rows.Scan(&e.Version, &e.Kind, &e.Experiment, &e.Run, &payload, &superseded); err != nil {
			return nil, after, err
		}
		if e.Kind == "points" {
			e.bring(arrivals(payload), superseded)
		}
		events, reached = append(events, e), e.Version
	}
	return events, reached, rows.Err()
}

// bring notes new points; of superseded ones the metrics alone.
func (e *Event) bring(new []Arrival, superseded bool) {
	for _, a := range new {
		if !slices.Contains(e.Metrics, a.Metric) {
			e.Metrics = append(e.Metrics, a.Metric)
		}
	}
	if superseded {
		return
	}
	e.Arrivals, e.Values = new, map[string]Value{}
	for _, a := range new {
		if a.Context == "" && len(a.Points) > 0 {
			e.Values[a.Metric] = a.Points[len(a.Points)-1].Value
		}
	}
}
