package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
)

// Importer brings runs and experiments from elsewhere into a store. There is one at a time, and nothing is collected meanwhile.
type Importer struct {
	store   *Store
	release func()
}

// NewImporter begins to import. Where somebody else imports, collects or copies, the error is ErrConflict. Close it.
func (s *Store) NewImporter() (*Importer, error) {
	if s.write == nil {
		return nil, fmt.Errorf("import: %w", errReadOnly)
	}
	release, err := s.lockCollection()
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return &Importer{s, release}, nil
}

// Close lets others import.
func (im *Importer) Close() { im.release() }

// Files are those of a run that comes into a store.
type Files interface {
	// Artifact opens the content of an artifact, known by its digest.
	Artifact(digest string) (io.ReadCloser, error)
	// Folder writes the run's other files, such as logs, to its folder in the store.
	Folder(ctx context.Context, to string) error
}

// Run brings a run into the store. It is written in bounded transactions, hidden as a run that is being collected, read back,
// held against the digest, and shown all at once; after a failure it is taken out again, and what a killed import has left makes
// room for the next. A run of that id that is there already is ErrConflict; nothing is overwritten.
func (im *Importer) Run(ctx context.Context, r RunRecord, digest string, from Content, files Files) error {
	err := r.validate()
	if err == nil {
		err = im.clear(ctx, r.ID)
	}
	if err == nil {
		err = im.receive(ctx, r, digest, from, files)
	}
	if err != nil {
		return fmt.Errorf("import run %.80q: %w", r.ID, err)
	}
	return nil
}

// HasRun tells whether the store has a run already. Where it has another one of that id, the error is ErrConflict.
func (im *Importer) HasRun(ctx context.Context, id, digest string) (bool, error) {
	r, err := im.store.RunRecord(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	got, err := Transfer(ctx, r, im.store.Content(r), nil)
	if err == nil && got != digest {
		err = fmt.Errorf("%w: the store has another run %s: something was recorded, noted, tagged or deleted in one of the two", ErrConflict, id)
	}
	return err == nil, err
}

// clear removes what an import, or a collection, that was cut off has left of the run.
func (im *Importer) clear(ctx context.Context, run string) error {
	var gone bool
	err := im.store.read.QueryRowContext(ctx, "SELECT collecting FROM runs WHERE id = ?", run).Scan(&gone)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case !gone:
		return fmt.Errorf("%w: it is in the store already", ErrConflict)
	}
	return im.store.collectRun(ctx, run)
}

func (im *Importer) receive(ctx context.Context, r RunRecord, digest string, from Content, files Files) (err error) {
	s := im.store
	if err := makeFolder(s.CheckpointDir(r.ID)); err != nil {
		return err
	}
	release, err := s.lockRun(r.ID)
	if err != nil {
		return err
	}
	defer release()
	defer func() {
		if err != nil {
			err = errors.Join(err, im.clear(context.WithoutCancel(ctx), r.ID))
		}
	}()
	a := &arriving{store: s, run: r, series: map[seriesName]int64{}}
	if err := a.begin(ctx); err != nil {
		return err
	}
	if err := a.fill(ctx, digest, from, files); err != nil {
		return err
	}
	return a.show(ctx)
}

// fill writes everything of the run, and holds what the store has then against the digest.
func (a *arriving) fill(ctx context.Context, digest string, from Content, files Files) error {
	if err := files.Folder(ctx, a.store.RunDir(a.run.ID)); err != nil {
		return err
	}
	if err := syncFolders(a.store.RunDir(a.run.ID)); err != nil {
		return err
	}
	for _, x := range a.run.Artifacts {
		if err := a.artifact(ctx, x, files); err != nil {
			return fmt.Errorf("artifact %q: %w", x.Name, err)
		}
	}
	if _, err := Transfer(ctx, a.run, from, a); err != nil {
		return err
	}
	if err := a.finish(ctx); err != nil {
		return err
	}
	got, err := Transfer(ctx, a.run, a.store.Content(a.run), nil)
	if err == nil && got != digest {
		err = fmt.Errorf("%w: what has come has the digest %.12s…, and not %.12s…", ErrInvalid, got, digest)
	}
	return err
}

// begin makes the run's row, hidden, with its attempts and its series, which are summarised as they were.
func (a *arriving) begin(ctx context.Context) error {
	r := a.run
	err := a.store.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO runs (id, experiment, variant, seed, digest, record_digest, data_digest, tokenizer_digest, status, error, parent,
			parameters, created, started, finished, deleted, collecting, spec) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)`,
			r.ID, r.Experiment, r.Variant, r.Seed, r.Digest, r.RecordDigest, r.DataDigest, r.TokenizerDigest, r.Status, r.Error, r.Parent,
			r.Parameters, micros(r.Created), micros(r.Started), micros(r.Finished), micros(a.store.clock()), r.Spec)
		if err != nil {
			return err
		}
		for _, x := range r.Attempts {
			if _, err := tx.ExecContext(ctx, "INSERT INTO attempts (run, number, status, error, started, ended, info, last_sequence, kept_sequence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
				r.ID, x.Number, x.Status, x.Error, micros(x.Started), micros(x.Ended), x.Info, x.LastSequence, x.KeptSequence); err != nil {
				return err
			}
			a.end = position{x.Number, x.LastSequence}
		}
		for _, m := range r.Metrics {
			if _, err := tx.ExecContext(ctx, "INSERT INTO metric_infos (run, name, unit, key, wall_time) VALUES (?, ?, ?, ?, ?)", r.ID, m.Name, m.Unit, m.Key, m.WallTime); err != nil {
				return err
			}
		}
		return nil
	})
	for list := r.Series; err == nil && len(list) > 0; list = list[min(len(list), dropPerTransaction):] {
		err = a.store.transact(ctx, func(tx *sql.Tx) error { return a.beginSeries(ctx, tx, list[:min(len(list), dropPerTransaction)]) })
	}
	return err
}

func (a *arriving) beginSeries(ctx context.Context, tx *sql.Tx, list []SeriesRecord) error {
	for _, x := range list {
		s := x.summary()
		row, err := tx.ExecContext(ctx, `INSERT INTO series (run, name, context, folded_attempt, folded_sequence, count, nan, pos_inf, neg_inf,
				first_step, first_value, first_kind, last_step, last_value, last_kind, min, min_step, max, max_step, sum)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			append([]any{a.run.ID, s.Metric, s.Context, a.end.attempt, a.end.sequence}, s.columns()...)...)
		if err != nil {
			return err
		}
		if a.series[x.name()], err = row.LastInsertId(); err != nil {
			return err
		}
	}
	return nil
}

// artifact brings a content and the row that refers to it.
func (a *arriving) artifact(ctx context.Context, x ArtifactRecord, files Files) error {
	from, err := files.Artifact(x.Digest)
	if err != nil {
		return err
	}
	defer from.Close()
	p, err := a.store.receive(ctx, from)
	if err != nil {
		return err
	}
	defer p.close()
	if p.digest != x.Digest || p.size != x.Size {
		return fmt.Errorf("%w: its %d bytes have the digest %.12s…, and not %d bytes with %.12s…", ErrInvalid, p.size, p.digest, x.Size, x.Digest)
	}
	release, err := a.store.lockBlobs(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := a.store.place(p); err != nil {
		return err
	}
	return a.store.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO artifacts (run, name, version, digest, size, media, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
			a.run.ID, x.Name, x.Version, x.Digest, x.Size, x.Media, micros(x.Created))
		return err
	})
}

// show makes the run a run like others: with what finds it, all in one transaction.
func (a *arriving) show(ctx context.Context) error {
	r := a.run
	return a.store.transact(ctx, func(tx *sql.Tx) error {
		var number int64
		if err := tx.QueryRowContext(ctx, "UPDATE runs SET deleted = ?, collecting = 0 WHERE id = ? RETURNING number", micros(r.Deleted), r.ID).Scan(&number); err != nil {
			return err
		}
		for name, value := range r.Tags {
			if _, err := tx.ExecContext(ctx, "INSERT INTO tags (run, name, value) VALUES (?, ?, ?)", number, name, value); err != nil {
				return err
			}
		}
		if err := remember(ctx, tx, Scope{Run: r.ID}, r.Notes, r.Desired); err != nil {
			return err
		}
		if err := postParams(ctx, tx, number, []byte(r.Spec)); err != nil {
			return err
		}
		if r.Status.Final() {
			if err := fileResults(ctx, tx, r.ID); err != nil {
				return err
			}
		}
		return addEvent(ctx, tx, Event{Kind: "run", Experiment: r.Experiment, Run: r.ID})
	})
}

// remember writes the notes about a run or an experiment, and what is desired of it.
func remember(ctx context.Context, tx *sql.Tx, about Scope, notes []NoteRecord, desired string) error {
	for _, n := range notes {
		if _, err := tx.ExecContext(ctx, "INSERT INTO notes (experiment, run, text, written) VALUES (?, ?, ?, ?)", about.Experiment, about.Run, n.Text, micros(n.Written)); err != nil {
			return err
		}
	}
	if desired == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO desired (experiment, run, state) VALUES (?, ?, ?)", about.Experiment, about.Run, desired)
	return err
}

// Uses notes that a run of the store read artifacts of others, as far as those are there; it returns the others.
func (im *Importer) Uses(ctx context.Context, run string, uses []ArtifactUse) (missing []ArtifactUse, err error) {
	err = im.store.transact(ctx, func(tx *sql.Tx) error {
		missing = nil
		for _, u := range uses {
			row, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO artifact_uses (run, artifact) SELECT ?, a.id FROM artifacts a JOIN runs r ON r.id = a.run
				WHERE a.run = ? AND a.name = ? AND a.version = ? AND r.collecting = 0`, run, u.Run, u.Name, u.Version)
			if err != nil {
				return err
			}
			if n, err := row.RowsAffected(); err != nil {
				return err
			} else if n == 0 {
				missing = append(missing, u)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("import what run %s uses: %w", run, err)
	}
	return missing, nil
}
