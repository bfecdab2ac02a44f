package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// AttemptState is how far an attempt has come. Its status is as recorded: an attempt whose process died without a word is
// still running here.
type AttemptState struct {
	Status       Status
	LastSequence int64
}

// AttemptState reads how far an attempt of a run, given by its whole id, has come.
func (s *Store) AttemptState(ctx context.Context, run string, number int) (AttemptState, error) {
	var a AttemptState
	err := s.read.QueryRowContext(ctx, "SELECT status, last_sequence FROM attempts WHERE run = ? AND number = ?", run, number).Scan(&a.Status, &a.LastSequence)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%w: there is no such attempt", ErrNotFound)
	}
	if err != nil {
		return a, fmt.Errorf("read attempt %d of run %s: %w", number, run, err)
	}
	return a, nil
}

// Adopt takes the lock of a running attempt again, on behalf of a writer elsewhere that came back. Where another process
// holds the run, or the attempt has ended, the error is ErrConflict.
func (s *Store) Adopt(ctx context.Context, run string, number int) (*Attempting, error) {
	if _, err := s.AttemptState(ctx, run, number); err != nil {
		return nil, err
	}
	release, err := s.lockRun(run)
	if err != nil {
		return nil, err
	}
	// Only now, with the lock, nobody else ends it.
	state, err := s.AttemptState(ctx, run, number)
	if err == nil && state.Status != Running {
		err = fmt.Errorf("%w: attempt %d of run %s has ended, it is %s", ErrConflict, number, run, state.Status)
	}
	if err != nil {
		release()
		return nil, err
	}
	return &Attempting{store: s, run: run, number: number, release: release}, nil
}

// Leave lets go of the lock and does not end the attempt: its run is lost from now on, until it is adopted.
func (a *Attempting) Leave() { a.release() }
