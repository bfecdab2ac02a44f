package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// RunOrder lists the ids of runs in the order of their creation: of those that are given by their whole ids, or, without any, of
// all, deleted ones included.
func (s *Store) RunOrder(ctx context.Context, ids []string) ([]string, error) {
	ordered, err := collect(ctx, s.read, scanText, "SELECT id FROM runs WHERE collecting = 0 AND (?1 = 'null' OR id IN (SELECT value FROM json_each(?1))) ORDER BY number", mustJSON(ids))
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	there := make(map[string]bool, len(ordered))
	for _, id := range ordered {
		there[id] = true
	}
	for _, id := range ids {
		if !there[id] {
			return nil, fmt.Errorf("%w: there is no run %q", ErrNotFound, id)
		}
	}
	return ordered, nil
}

// HoldCollection keeps deleted runs and their files where they are until release is called. Where somebody collects, or holds
// collections off, the error is ErrConflict.
func (s *Store) HoldCollection() (release func(), err error) { return s.lockCollection() }

// RunRecord reads a run, given by its whole id. One that is gone in part, or has not wholly come, is ErrNotFound.
func (s *Store) RunRecord(ctx context.Context, id string) (RunRecord, error) {
	r, err := s.runRecord(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return r, fmt.Errorf("read run %.80q: %w", id, err)
	}
	return r, nil
}

func (s *Store) runRecord(ctx context.Context, id string) (r RunRecord, err error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return r, err
	}
	defer func() { _ = tx.Rollback() }()
	if r, err = runRow(ctx, tx, id); err != nil {
		return r, err
	}
	for _, read := range []func(context.Context, queryer) error{r.readTags, r.readNotes, r.readAttempts, r.readMetrics, r.readSeries, r.readArtifacts, r.readUses} {
		if err := read(ctx, tx); err != nil {
			return r, err
		}
	}
	return r, nil
}

func runRow(ctx context.Context, q queryer, id string) (r RunRecord, err error) {
	var created, started, finished, deleted int64
	err = q.QueryRowContext(ctx, `SELECT id, experiment, variant, seed, digest, record_digest, data_digest, tokenizer_digest, status, error, parent,
			parameters, created, started, finished, deleted, spec, coalesce((SELECT state FROM desired WHERE experiment = '' AND run = r.id), '')
		FROM runs r WHERE id = ? AND collecting = 0`, id).
		Scan(&r.ID, &r.Experiment, &r.Variant, &r.Seed, &r.Digest, &r.RecordDigest, &r.DataDigest, &r.TokenizerDigest, &r.Status, &r.Error, &r.Parent,
			&r.Parameters, &created, &started, &finished, &deleted, &r.Spec, &r.Desired)
	r.Created, r.Started, r.Finished, r.Deleted = fromMicros(created), fromMicros(started), fromMicros(finished), fromMicros(deleted)
	return r, err
}

func (r *RunRecord) readTags(ctx context.Context, q queryer) error {
	_, err := collect(ctx, q, func(rows *sql.Rows) (struct{}, error) {
		var name, value string
		err := rows.Scan(&name, &value)
		if r.Tags == nil {
			r.Tags = map[string]string{}
		}
		r.Tags[name] = value
		return struct{}{}, err
	}, "SELECT t.name, t.value FROM tags t JOIN runs r ON r.number = t.run WHERE r.id = ?", r.ID)
	return err
}

func (r *RunRecord) readNotes(ctx context.Context, q queryer) (err error) {
	r.Notes, err = noteRecords(ctx, q, Scope{Run: r.ID})
	return err
}

func noteRecords(ctx context.Context, q queryer, about Scope) ([]NoteRecord, error) {
	return collect(ctx, q, func(rows *sql.Rows) (n NoteRecord, err error) {
		var written int64
		err = rows.Scan(&n.Text, &written)
		n.Written = fromMicros(written)
		return n, err
	}, "SELECT text, written FROM notes WHERE experiment = ? AND run = ? ORDER BY id", about.Experiment, about.Run)
}

func (r *RunRecord) readAttempts(ctx context.Context, q queryer) (err error) {
	r.Attempts, err = collect(ctx, q, func(rows *sql.Rows) (a AttemptRecord, err error) {
		var started, ended int64
		err = rows.Scan(&a.Number, &a.Status, &a.Error, &started, &ended, &a.Info, &a.LastSequence, &a.KeptSequence)
		a.Started, a.Ended = fromMicros(started), fromMicros(ended)
		return a, err
	}, "SELECT number, status, error, started, ended, info, last_sequence, kept_sequence FROM attempts WHERE run = ? ORDER BY number", r.ID)
	return err
}

func (r *RunRecord) readMetrics(ctx context.Context, q queryer) (err error) {
	r.Metrics, err = collect(ctx, q, func(rows *sql.Rows) (m MetricRecord, err error) {
		return m, rows.Scan(&m.Name, &m.Unit, &m.Key, &m.WallTime)
	}, "SELECT name, unit, key, wall_time FROM metric_infos WHERE run = ? ORDER BY name", r.ID)
	return err
}

func (r *RunRecord) readSeries(ctx context.Context, q queryer) (err error) {
	r.Series, err = collect(ctx, q, func(rows *sql.Rows) (SeriesRecord, error) {
		s, err := scanSummary(rows)
		return recordOf(s), err
	}, `SELECT name, context, count, nan, pos_inf, neg_inf, first_step, first_value, first_kind,
		last_step, last_value, last_kind, min, min_step, max, max_step, sum FROM series WHERE run = ? ORDER BY name, context`, r.ID)
	return err
}

func (r *RunRecord) readArtifacts(ctx context.Context, q queryer) (err error) {
	r.Artifacts, err = collect(ctx, q, func(rows *sql.Rows) (a ArtifactRecord, err error) {
		var created int64
		err = rows.Scan(&a.Name, &a.Version, &a.Digest, &a.Size, &a.Media, &created)
		a.Created = fromMicros(created)
		return a, err
	}, "SELECT name, version, digest, size, media, created FROM artifacts WHERE run = ? ORDER BY id", r.ID)
	return err
}

func (r *RunRecord) readUses(ctx context.Context, q queryer) (err error) {
	r.Uses, err = collect(ctx, q, func(rows *sql.Rows) (u ArtifactUse, err error) {
		return u, rows.Scan(&u.Run, &u.Name, &u.Version)
	}, `SELECT a.run, a.name, a.version FROM artifact_uses u JOIN artifacts a ON a.id = u.artifact JOIN runs r ON r.id = a.run
		WHERE u.run = ? AND r.collecting = 0 ORDER BY a.run, a.name, a.version`, r.ID)
	return err
}
