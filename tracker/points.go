package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Point is one value of a series. Steps may repeat and go backwards: a step is a coordinate, not a clock.
type Point struct {
	Step  int64
	Time  time.Time
	Value Value
}

// journalQuery reads the batches of a run that no resume superseded, in the order of recording.
const journalQuery = `SELECT j.attempt, j.sequence, j.payload FROM journal j JOIN attempts a ON a.run = j.run AND a.number = j.attempt
	WHERE j.run = ? AND j.sequence <= coalesce(a.kept_sequence, j.sequence) ORDER BY j.attempt, j.sequence`

// Points reads a metric of a run, in the order of recording. Where a batch is damaged, the points of all others are
// returned together with an error that names it.
func (s *Store) Points(ctx context.Context, run, metric string) ([]Point, error) {
	samples, err := s.samples(ctx, run)
	var points []Point
	for _, x := range samples {
		if x.Metric == metric {
			points = append(points, Point{x.Step, x.Time, Value(x.Value)})
		}
	}
	if err != nil {
		return points, fmt.Errorf("read %s of run %s: %w", metric, run, err)
	}
	return points, nil
}

func (s *Store) samples(ctx context.Context, run string) ([]Sample, error) {
	rows, err := s.read.QueryContext(ctx, journalQuery, run)
	if err != nil {
		return nil, err
	}
	return decodeJournal(run, rows)
}

// decodeJournal reads all batches and closes rows. Damaged batches are left out and named in the error.
func decodeJournal(run string, rows *sql.Rows) ([]Sample, error) {
	defer rows.Close()
	var all []Sample
	var damaged []error
	for rows.Next() {
		var attempt int
		var sequence int64
		var payload sql.RawBytes
		if err := rows.Scan(&attempt, &sequence, &payload); err != nil {
			return nil, err
		}
		samples, err := decodePayload(payload)
		if err != nil {
			damaged = append(damaged, fmt.Errorf("batch %d of run %s, attempt %d is damaged: %w", sequence, run, attempt, err))
		}
		all = append(all, samples...)
	}
	return all, errors.Join(append(damaged, rows.Err())...)
}

// Metrics lists the names of a run's metrics, sorted.
func (s *Store) Metrics(ctx context.Context, run string) ([]string, error) {
	names, err := collect(ctx, s.read, scanText, "SELECT metric FROM last_values WHERE run = ? ORDER BY metric", run)
	if err != nil {
		return nil, fmt.Errorf("list the metrics of run %s: %w", run, err)
	}
	return names, nil
}

// MetricInfo says what a metric of a run is.
type MetricInfo struct {
	Name, Unit string
	// Key is the comparability key: values are comparable where keys are equal.
	Key string
	// WallTime metrics depend on the clock; a rerun need not repeat them.
	WallTime bool
}

// DeclareMetrics stores what a run's metrics are, replacing what was declared of the same names.
func (s *Store) DeclareMetrics(ctx context.Context, run string, infos []MetricInfo) error {
	err := s.transact(ctx, func(tx *sql.Tx) error {
		for _, m := range infos {
			if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO metric_infos (run, name, unit, key, wall_time) VALUES (?, ?, ?, ?, ?)",
				run, m.Name, m.Unit, m.Key, m.WallTime); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("declare the metrics of run %s: %w", run, err)
	}
	return nil
}

// MetricInfos reads what was declared of a run's metrics, by name.
func (s *Store) MetricInfos(ctx context.Context, run string) (map[string]MetricInfo, error) {
	list, err := collect(ctx, s.read, func(r *sql.Rows) (m MetricInfo, err error) {
		return m, r.Scan(&m.Name, &m.Unit, &m.Key, &m.WallTime)
	}, "SELECT name, unit, key, wall_time FROM metric_infos WHERE run = ?", run)
	if err != nil {
		return nil, fmt.Errorf("read what the metrics of run %s are: %w", run, err)
	}
	infos := make(map[string]MetricInfo, len(list))
	for _, m := range list {
		infos[m.Name] = m
	}
	return infos, nil
}
