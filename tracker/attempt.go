package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Resume is the point that an attempt goes on from: the last batch that its checkpoint includes.
type Resume struct {
	Attempt  int
	Sequence int64
}

// Attempting is a running attempt, the only writer of its run.
type Attempting struct {
	store   *Store
	run     string
	number  int
	resume  *Resume
	release func()
}

// BeginAttempt starts the next attempt of a run and holds the run's lock until End. Where another attempt holds it, the
// error is ErrConflict. With resume, what was recorded after that point is superseded; without, everything is.
func (s *Store) BeginAttempt(ctx context.Context, run string, info AttemptInfo, resume *Resume) (*Attempting, error) {
	release, err := s.lockRun(run)
	if err != nil {
		return nil, err
	}
	a := &Attempting{store: s, run: run, resume: resume, release: release}
	err = errMoved
	for errors.Is(err, errMoved) {
		err = a.begin(ctx, info)
	}
	if err != nil {
		release()
		return nil, fmt.Errorf("begin an attempt of run %s: %w", run, err)
	}
	return a, makeFolder(s.CheckpointDir(run))
}

// begin supersedes what the resume leaves behind, and notes the attempt.
func (a *Attempting) begin(ctx context.Context, info AttemptInfo) error {
	keep := a.keep()
	cuts, err := a.store.cuts(ctx, a.run, keep)
	if err != nil {
		return err
	}
	return a.store.transact(ctx, func(tx *sql.Tx) error {
		if err := a.arrived(ctx, tx); err != nil {
			return err
		}
		if err := a.supersede(ctx, tx, keep, cuts); err != nil {
			return err
		}
		return a.note(ctx, tx, info)
	})
}

// arrived refuses to go on from a batch that is not there: it lies in a journal that has not been sent, or nowhere.
func (a *Attempting) arrived(ctx context.Context, tx *sql.Tx) error {
	if a.resume == nil {
		return nil
	}
	var last int64
	err := tx.QueryRowContext(ctx, "SELECT coalesce(max(last_sequence), 0) FROM attempts WHERE run = ? AND number = ?", a.run, a.resume.Attempt).Scan(&last)
	if err == nil && last < a.resume.Sequence {
		err = fmt.Errorf("%w: its checkpoint includes batch %d of attempt %d, of which %d have arrived; send the others first, with `inkstone sync` where they were recorded",
			ErrConflict, a.resume.Sequence, a.resume.Attempt, last)
	}
	return err
}

// keep is the last batch that still counts.
func (a *Attempting) keep() position {
	if a.resume == nil {
		return position{}
	}
	return position{a.resume.Attempt, a.resume.Sequence}
}

func (a *Attempting) note(ctx context.Context, tx *sql.Tx, info AttemptInfo) error {
	experiment, err := runExperiment(ctx, tx, a.run)
	if err != nil {
		return err
	}
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(number), 0) + 1 FROM attempts WHERE run = ?", a.run).Scan(&a.number); err != nil {
		return err
	}
	if err := withdrawResults(ctx, tx, a.run); err != nil {
		return err
	}
	now := micros(a.store.clock())
	if _, err := tx.ExecContext(ctx, "INSERT INTO attempts (run, number, status, error, started, ended, info, last_sequence) VALUES (?, ?, 'running', '', ?, 0, ?, 0)",
		a.run, a.number, now, mustJSON(info)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE runs SET status = 'running', error = '', finished = 0, started = CASE started WHEN 0 THEN ? ELSE started END WHERE id = ?",
		now, a.run); err != nil {
		return err
	}
	return addEvent(ctx, tx, Event{Kind: "run", Experiment: experiment, Run: a.run})
}

// supersede hides what came behind the last batch that counts, and ends attempts that nobody ended.
func (a *Attempting) supersede(ctx context.Context, tx *sql.Tx, keep position, cuts []cut) error {
	if _, err := tx.ExecContext(ctx, "UPDATE attempts SET status = 'failed', error = 'the process died', ended = ? WHERE run = ? AND status = 'running'",
		micros(a.store.clock()), a.run); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE attempts SET kept_sequence = CASE WHEN number < ?1 THEN kept_sequence WHEN number = ?1
			THEN min(coalesce(kept_sequence, ?2), ?2) ELSE 0 END WHERE run = ?3`, keep.attempt, keep.sequence, a.run); err != nil {
		return err
	}
	for i := range cuts {
		if err := cuts[i].apply(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// Run is the run's id, Number the attempt's, from 1.
func (a *Attempting) Run() string { return a.run }

// Number is the attempt's number, from 1.
func (a *Attempting) Number() int { return a.number }

// Resumed tells whether the attempt goes on from a checkpoint.
func (a *Attempting) Resumed() bool { return a.resume != nil }

// Sink takes the attempt's batches.
func (a *Attempting) Sink() Sink { return a.store }

// End ends the attempt and its run, and lets go of the lock.
func (a *Attempting) End(ctx context.Context, status Status, reason string) error {
	defer a.release()
	return a.store.endAttempt(ctx, a.run, a.number, status, reason)
}

// Abandon ends a run whose attempt died without ending it. It refuses (ErrConflict) while an attempt is alive.
func (s *Store) Abandon(ctx context.Context, run string, status Status, reason string) error {
	release, err := s.lockRun(run)
	if err != nil {
		return err
	}
	defer release()
	var number int
	err = s.read.QueryRowContext(ctx, "SELECT coalesce(max(number), 0) FROM attempts WHERE run = ? AND status = 'running'", run).Scan(&number)
	return errors.Join(err, s.endAttempt(ctx, run, number, status, reason))
}

func (s *Store) endAttempt(ctx context.Context, run string, number int, status Status, reason string) error {
	now := micros(s.clock())
	err := s.transact(ctx, func(tx *sql.Tx) error {
		experiment, err := runExperiment(ctx, tx, run)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE attempts SET status = ?, error = ?, ended = ? WHERE run = ? AND number = ?", status, reason, now, run, number); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE runs SET status = ?, error = ?, finished = ? WHERE id = ?", status, reason, now, run); err != nil {
			return err
		}
		if err := fileResults(ctx, tx, run); err != nil {
			return err
		}
		return addEvent(ctx, tx, Event{Kind: "run", Experiment: experiment, Run: run})
	})
	if err != nil {
		return fmt.Errorf("end an attempt of run %s: %w", run, err)
	}
	return nil
}
