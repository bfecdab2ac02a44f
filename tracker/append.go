package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Sample is one value of a metric at a step.
type Sample struct {
	Metric string
	Step   int64
	Time   time.Time
	Value  float64
}

// Batch is what is appended at once. Sequence counts the batches of an attempt from 1, without gaps.
type Batch struct {
	Run      string
	Attempt  int
	Sequence int64
	Samples  []Sample
}

// Sink takes batches. When Append has returned nil, the batch is on disk. A batch whose sequence was taken before is
// ignored; one that leaves a gap is refused with ErrInvalid.
type Sink interface {
	Append(ctx context.Context, b Batch) error
}

// Append implements Sink: one row of the journal, the last values and the attempt's sequence, in one transaction.
func (s *Store) Append(ctx context.Context, b Batch) error {
	payload := encodePayload(b.Samples)
	err := s.transact(ctx, func(tx *sql.Tx) error {
		next, err := advance(ctx, tx, b)
		if err != nil || !next {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO journal (run, attempt, sequence, payload) VALUES (?, ?, ?, ?)", b.Run, b.Attempt, b.Sequence, payload); err != nil {
			return err
		}
		metrics, err := saveLast(ctx, tx, b.Run, b.Samples)
		if err != nil {
			return err
		}
		experiment, err := runExperiment(ctx, tx, b.Run)
		if err != nil {
			return err
		}
		return addEvent(ctx, tx, Event{Kind: "points", Experiment: experiment, Run: b.Run, Metrics: metrics})
	})
	if err != nil {
		return fmt.Errorf("append batch %d of run %s, attempt %d: %w", b.Sequence, b.Run, b.Attempt, err)
	}
	return nil
}

// advance moves the attempt's sequence on by one; false means that the batch was taken before.
func advance(ctx context.Context, tx *sql.Tx, b Batch) (bool, error) {
	var last int64
	err := tx.QueryRowContext(ctx, "SELECT last_sequence FROM attempts WHERE run = ? AND number = ?", b.Run, b.Attempt).Scan(&last)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, fmt.Errorf("%w: there is no such attempt", ErrNotFound)
	case err != nil:
		return false, err
	case b.Sequence <= last:
		return false, nil
	case b.Sequence > last+1:
		return false, fmt.Errorf("%w: a gap, the batch before it was %d", ErrInvalid, last)
	}
	_, err = tx.ExecContext(ctx, "UPDATE attempts SET last_sequence = ? WHERE run = ? AND number = ?", b.Sequence, b.Run, b.Attempt)
	return true, err
}

// saveLast keeps the last value of every metric of a batch, and returns the metrics' names.
func saveLast(ctx context.Context, tx *sql.Tx, run string, samples []Sample) ([]string, error) {
	last := map[string]Sample{}
	var names []string
	for _, x := range samples {
		if _, seen := last[x.Metric]; !seen {
			names = append(names, x.Metric)
		}
		last[x.Metric] = x
	}
	stmt, err := tx.PrepareContext(ctx, "INSERT OR REPLACE INTO last_values (run, metric, step, value, kind) VALUES (?, ?, ?, ?, ?)")
	if err != nil {
		return nil, err
	}
	defer stmt.Close()
	for _, name := range names {
		kind := kindOf(last[name].Value)
		number := sql.NullFloat64{Float64: last[name].Value, Valid: kind == kindNumber}
		if _, err := stmt.ExecContext(ctx, run, name, last[name].Step, number, kind); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// recomputeLast rebuilds the last values from what is not superseded.
func recomputeLast(ctx context.Context, tx *sql.Tx, run string) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM last_values WHERE run = ?", run); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, journalQuery, run)
	if err != nil {
		return err
	}
	samples, err := decodeJournal(run, rows)
	if err != nil && !errors.Is(err, ErrInvalid) {
		return err // a damaged batch is reported by who reads it; the rest still has its last values
	}
	_, err = saveLast(ctx, tx, run, samples)
	return err
}
