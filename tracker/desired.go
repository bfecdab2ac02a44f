package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Scope is what a desired state is about: an experiment, or one run.
type Scope struct{ Experiment, Run string }

// SetDesired says what is wanted of an experiment or a run: "run" or "stop". The dispatcher follows.
func (s *Store) SetDesired(ctx context.Context, scope Scope, desired string) error {
	err := scope.validate()
	if err == nil {
		err = s.transact(ctx, func(tx *sql.Tx) error {
			experiment, err := scope.find(ctx, tx)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO desired (experiment, run, state) VALUES (?, ?, ?)", scope.Experiment, scope.Run, desired); err != nil {
				return err
			}
			kind := "plan"
			if scope.Run != "" {
				kind = "run"
			}
			return addEvent(ctx, tx, Event{Kind: kind, Experiment: experiment, Run: scope.Run})
		})
	}
	if err != nil {
		return fmt.Errorf("set the desired state %q: %w", desired, err)
	}
	return nil
}

// Desired reads what is wanted; "run" where nothing was said.
func (s *Store) Desired(ctx context.Context, scope Scope) (string, error) {
	var state string
	err := s.read.QueryRowContext(ctx, "SELECT state FROM desired WHERE experiment = ? AND run = ?", scope.Experiment, scope.Run).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return "run", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the desired state: %w", err)
	}
	return state, nil
}
