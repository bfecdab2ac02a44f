package tracker

import (
	"context"
	"database/sql"
	"fmt"
)

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

// Units reads the units of metrics that some runs declare, by the metrics' names.
func (s *Store) Units(ctx context.Context, runs []string) (map[string]string, error) {
	units := map[string]string{}
	_, err := collect(ctx, s.read, func(r *sql.Rows) (struct{}, error) {
		var name, unit string
		err := r.Scan(&name, &unit)
		units[name] = unit
		return struct{}{}, err
	}, "SELECT DISTINCT name, unit FROM metric_infos WHERE run IN (SELECT value FROM json_each(?)) AND unit <> ''", mustJSON(runs))
	if err != nil {
		return nil, fmt.Errorf("read the units of metrics: %w", err)
	}
	return units, nil
}
