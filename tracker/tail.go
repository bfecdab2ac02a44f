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
	Kind       string   `json:"kind"`
	Experiment string   `json:"experiment"`
	Run        string   `json:"run,omitempty"`
	Metrics    []string `json:"metrics,omitempty"`
	// Values are the last values that new points brought, by metric; those of a context of its own are left out.
	Values map[string]Value `json:"values,omitempty"`
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
	rows, err := q.QueryContext(ctx, `SELECT j.id, j.kind, coalesce(j.experiment, r.experiment, ''), coalesce(j.run, ''), j.payload
		FROM journal j LEFT JOIN runs r ON r.id = j.run WHERE j.id > ? ORDER BY j.id LIMIT ?`, after, tailPage)
	if err != nil {
		return nil, after, err
	}
	defer rows.Close()
	reached = after
	for rows.Next() {
		var e Event
		var payload sql.RawBytes
		if err := rows.Scan(&reached, &e.Kind, &e.Experiment, &e.Run, &payload); err != nil {
			return nil, after, err
		}
		if e.Kind == "points" {
			e.readPoints(payload)
		}
		events = append(events, e)
	}
	return events, reached, rows.Err()
}

// readPoints reads what new points are of, and the last values. A damaged batch is named by who reads its points.
func (e *Event) readPoints(payload []byte) {
	d, names, err := openPayload(payload)
	if err != nil {
		return
	}
	for _, name := range names {
		if !slices.Contains(e.Metrics, name.metric) {
			e.Metrics = append(e.Metrics, name.metric)
		}
	}
	e.Values = map[string]Value{}
	_ = d.samples(len(names), func(i int, _, _ int64, value float64) {
		if names[i].context == "" {
			e.Values[names[i].metric] = Value(value)
		}
	})
}
