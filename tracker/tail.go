package tracker

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// Event tells what a commit changed. Kind is "points", "run", "plan" or "capture"; Metrics are those of new points.
type Event struct {
	Kind       string   `json:"kind"`
	Experiment string   `json:"experiment"`
	Run        string   `json:"run,omitempty"`
	Metrics    []string `json:"metrics,omitempty"`
}

// keptEvents is how many events Maintain leaves.
const keptEvents = 10_000

// tailPage bounds what one Tail returns.
const tailPage = 1_000

func addEvent(ctx context.Context, tx *sql.Tx, e Event) error {
	metrics := e.Metrics
	if metrics == nil {
		metrics = []string{}
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO events (kind, experiment, run, metrics) VALUES (?, ?, ?, ?)", e.Kind, e.Experiment, e.Run, mustJSON(metrics))
	return err
}

// Version grows with every commit that a reader could see.
func (s *Store) Version(ctx context.Context) (int64, error) {
	var v int64
	err := s.read.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'events'").Scan(&v)
	if err != nil {
		return 0, fmt.Errorf("read the store's version: %w", err)
	}
	return v, nil
}

// Tail returns the events after a version, in order, at most a page of them, and the version up to which they reach.
// Where events after that version are no longer kept, the error is ErrReset, and the version the newest.
func (s *Store) Tail(ctx context.Context, after int64) ([]Event, int64, error) {
	var oldest, newest int64
	err := s.read.QueryRowContext(ctx, "SELECT coalesce((SELECT min(id) FROM events), 0), coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'events'), 0)").Scan(&oldest, &newest)
	if err != nil {
		return nil, after, fmt.Errorf("tail the store: %w", err)
	}
	if after == newest {
		return nil, after, nil
	}
	if after > newest || after+1 < oldest {
		return nil, newest, ErrReset
	}
	reached := after
	events, err := collect(ctx, s.read, func(r *sql.Rows) (e Event, err error) {
		var metrics string
		if err := r.Scan(&reached, &e.Kind, &e.Experiment, &e.Run, &metrics); err != nil {
			return e, err
		}
		return e, json.Unmarshal([]byte(metrics), &e.Metrics)
	}, "SELECT id, kind, experiment, run, metrics FROM events WHERE id > ? ORDER BY id LIMIT ?", after, tailPage)
	if err != nil {
		return nil, after, fmt.Errorf("tail the store: %w", err)
	}
	return events, reached, nil
}
