package tracker

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// RunFilter selects runs; nil and empty fields select all. Experiment selects runs that are trials of its current plan,
// in whatever experiment they were created, and those that were created in it.
// Deleted runs are left out, unless they are asked for: then they alone are listed.
type RunFilter struct {
	Experiment, Variant *string
	Status              []Status
	// Parent selects the runs that go on from another.
	Parent  *string
	Deleted bool
}

// Runs lists runs with their attempts and last values, oldest first.
func (s *Store) Runs(ctx context.Context, f RunFilter) ([]Run, error) {
	where, args := "(r.deleted <> 0) = ?", []any{f.Deleted}
	if f.Parent != nil {
		where += " AND r.parent = ?"
		args = append(args, *f.Parent)
	}
	if f.Experiment != nil {
		where += " AND (r.experiment = ? OR r.digest IN (SELECT digest FROM trials WHERE experiment = ?))"
		args = append(args, *f.Experiment, *f.Experiment)
	}
	if f.Variant != nil {
		where += " AND r.variant = ?"
		args = append(args, *f.Variant)
	}
	runs, err := s.selectRuns(ctx, where, args...)
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	if len(f.Status) == 0 {
		return runs, nil
	}
	var kept []Run
	for _, r := range runs {
		for _, status := range f.Status {
			if r.Status == status {
				kept = append(kept, r)
			}
		}
	}
	return kept, nil
}

const runColumns = `r.id, r.experiment, r.variant, r.seed, r.digest, r.record_digest, r.data_digest, r.tokenizer_digest, r.status, r.error,
	r.spec, r.parameters, r.created, r.started, r.finished, r.parent, r.deleted, NOT EXISTS (SELECT 1 FROM trials t WHERE t.digest = r.digest)`

// selectRuns reads runs by a condition on runs r, oldest first, whole.
func (s *Store) selectRuns(ctx context.Context, where string, args ...any) ([]Run, error) {
	return s.selectRunsIn(ctx, s.read, where, args...)
}

func (s *Store) selectRunsIn(ctx context.Context, q queryer, where string, args ...any) ([]Run, error) {
	runs, err := collect(ctx, q, scanRun, "SELECT "+runColumns+" FROM runs r WHERE "+where+" ORDER BY r.id", args...)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	byID := make(map[string]*Run, len(runs))
	for i := range runs {
		byID[runs[i].ID] = &runs[i]
	}
	if err := addAttempts(ctx, q, byID, where, args); err != nil {
		return nil, err
	}
	if err := addMetrics(ctx, q, byID, where, args); err != nil {
		return nil, err
	}
	if err := addTags(ctx, q, byID, where, args); err != nil {
		return nil, err
	}
	for i := range runs {
		if runs[i].Status == Running && !s.RunLocked(runs[i].ID) {
			runs[i].Status = Lost
		}
	}
	return runs, nil
}

// runsByNumber reads runs in the order of their numbers' list.
func (s *Store) runsByNumber(ctx context.Context, q queryer, numbers []int64) ([]Run, error) {
	order, err := collect(ctx, q, scanText, "SELECT r.id FROM json_each(?) j JOIN runs r ON r.number = j.value ORDER BY j.key", mustJSON(numbers))
	if err != nil {
		return nil, err
	}
	found, err := s.selectRunsIn(ctx, q, "r.number IN (SELECT value FROM json_each(?))", mustJSON(numbers))
	if err != nil {
		return nil, err
	}
	byID := make(map[string]Run, len(found))
	for _, r := range found {
		byID[r.ID] = r
	}
	runs := make([]Run, 0, len(order))
	for _, id := range order {
		runs = append(runs, byID[id])
	}
	return runs, nil
}

func scanRun(rows *sql.Rows) (Run, error) {
	var r Run
	var spec string
	var created, started, finished, deleted int64
	err := rows.Scan(&r.ID, &r.Experiment, &r.Variant, &r.Seed, &r.Digest, &r.RecordDigest, &r.DataDigest, &r.TokenizerDigest, &r.Status,
		&r.Error, &spec, &r.Parameters, &created, &started, &finished, &r.Parent, &deleted, &r.Superseded)
	r.Spec, r.Metrics, r.Tags = json.RawMessage(spec), map[string]Value{}, map[string]string{}
	r.Created, r.Started, r.Finished = fromMicros(created), fromMicros(started), fromMicros(finished)
	r.Deleted = fromMicros(deleted)
	return r, err
}

func addAttempts(ctx context.Context, q queryer, runs map[string]*Run, where string, args []any) error {
	_, err := collect(ctx, q, func(rows *sql.Rows) (struct{}, error) {
		var id, info string
		var a Attempt
		var started, ended int64
		if err := rows.Scan(&id, &a.Number, &a.Status, &a.Error, &started, &ended, &info); err != nil {
			return struct{}{}, err
		}
		a.Started, a.Ended = fromMicros(started), fromMicros(ended)
		if r := runs[id]; r != nil {
			r.Attempts = append(r.Attempts, a)
			return struct{}{}, json.Unmarshal([]byte(info), &r.Attempts[len(r.Attempts)-1].Info)
		}
		return struct{}{}, nil
	}, `SELECT a.run, a.number, a.status, a.error, a.started, a.ended, a.info FROM attempts a JOIN runs r ON r.id = a.run
		WHERE `+where+" ORDER BY a.run, a.number", args...)
	return err
}

func addMetrics(ctx context.Context, q queryer, runs map[string]*Run, where string, args []any) error {
	_, err := collect(ctx, q, func(rows *sql.Rows) (struct{}, error) {
		var id, metric, kind string
		var number sql.NullFloat64
		if err := rows.Scan(&id, &metric, &number, &kind); err != nil {
			return struct{}{}, err
		}
		v, err := fromKind(kind, number.Float64)
		if r := runs[id]; r != nil {
			r.Metrics[metric] = v
		}
		return struct{}{}, err
	}, "SELECT s.run, s.name, s.last_value, s.last_kind FROM series s JOIN runs r ON r.id = s.run WHERE s.context = '' AND s.count > 0 AND "+where, args...)
	return err
}
