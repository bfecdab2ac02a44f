package tracker

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// migrations are numbered from 1; user_version is the number of the last one applied. They are only ever added to.
//
//go:embed migrations/*.sql
var migrations embed.FS

func latestSchema() int {
	names, _ := fs.Glob(migrations, "migrations/*.sql")
	return len(names)
}

// migrate brings the schema up to date, one migration a transaction. A store that is up to date is opened without waiting
// for who writes to it.
func (s *Store) migrate(driver string) error {
	if version, err := schemaVersion(s.write); err != nil || version >= latestSchema() {
		return err
	}
	// A connection of its own: tables are replaced, and dropping one must not cascade.
	db, err := sql.Open(driver, s.dsn("mode=rwc&_txlock=immediate", "_foreign_keys=0"))
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for {
		done, err := migrateOne(db)
		if err != nil || done {
			return err
		}
	}
}

func migrateOne(db *sql.DB) (done bool, err error) {
	ctx := context.Background()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }()
	version, err := schemaVersion(tx)
	if err != nil || version >= latestSchema() {
		return true, err
	}
	text, err := migrations.ReadFile(fmt.Sprintf("migrations/%04d.sql", version+1))
	if err != nil {
		return false, err
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return false, fmt.Errorf("migrate the schema to version %d: %w", version+1, err)
	}
	if finish := finishing[version+1]; finish != nil {
		if err := finish(ctx, tx); err != nil {
			return false, fmt.Errorf("migrate the data to version %d: %w", version+1, err)
		}
	}
	if err := checkReferences(tx); err != nil {
		return false, fmt.Errorf("migrate to version %d: %w", version+1, err)
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version+1)); err != nil {
		return false, err
	}
	return false, tx.Commit()
}

// checkReferences refuses a migration that would leave rows behind whose parents are gone.
func checkReferences(tx *sql.Tx) error {
	var table, parent string
	var row sql.NullInt64
	var key int
	err := tx.QueryRow("PRAGMA foreign_key_check").Scan(&table, &row, &parent, &key)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: row %d of table %s refers to a row of %s that is not there", ErrInvalid, row.Int64, table, parent)
}

// checkSchema refuses a store that this program cannot read.
func checkSchema(db *sql.DB) error {
	version, err := schemaVersion(db)
	switch {
	case err != nil:
		return err
	case version > latestSchema():
		return fmt.Errorf("%w: it was written by a newer inkstone (schema %d, this one knows %d); use that version", ErrInvalid, version, latestSchema())
	case version < latestSchema():
		return fmt.Errorf("%w: its schema is version %d of %d; open it once for writing, with `inkstone serve`, to bring it up to date", ErrInvalid, version, latestSchema())
	}
	return nil
}

func schemaVersion(q interface {
	QueryRow(query string, args ...any) *sql.Row
}) (version int, err error) {
	if err := q.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return 0, fmt.Errorf("read the schema's version: %w", err)
	}
	return version, nil
}

// finishing does what SQL cannot, after the migration of that number.
var finishing = map[int]func(ctx context.Context, tx *sql.Tx) error{2: rebuild}

// rebuild makes what schema 2 derives from what schema 1 recorded.
func rebuild(ctx context.Context, tx *sql.Tx) error {
	if err := summarizeJournal(ctx, tx); err != nil {
		return err
	}
	return indexRuns(ctx, tx)
}

// summarizeJournal makes the series of a store whose points all lie in the journal. Damaged batches stay, for readers to name.
func summarizeJournal(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT j.run, j.sequence > coalesce(a.kept_sequence, j.sequence), j.payload
		FROM journal j JOIN attempts a ON a.run = j.run AND a.number = j.attempt ORDER BY j.run, j.attempt, j.sequence`)
	if err != nil {
		return err
	}
	defer rows.Close()
	type key struct {
		run string
		seriesName
	}
	all := map[key]*Summary{}
	var order []key
	for rows.Next() {
		var run string
		var hidden bool
		var payload sql.RawBytes
		if err := rows.Scan(&run, &hidden, &payload); err != nil {
			return err
		}
		samples, _ := DecodeSamples(payload)
		for _, x := range samples {
			k := key{run, seriesName{x.Metric, x.Context}}
			if all[k] == nil {
				all[k] = &Summary{Metric: x.Metric, Context: x.Context}
				order = append(order, k)
			}
			if !hidden {
				all[k].add(x.Step, x.Value)
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, k := range order {
		if err := addSummary(ctx, tx, k.run, all[k], false); err != nil {
			return err
		}
	}
	return nil
}

// indexRuns makes the runs of a store findable, and gathers the thumbnails of its captures.
func indexRuns(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, "SELECT number, id, status, spec FROM runs")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var number int64
		var id, spec string
		var status Status
		if err := rows.Scan(&number, &id, &status, &spec); err != nil {
			return err
		}
		if err := postParams(ctx, tx, number, json.RawMessage(spec)); err != nil {
			return fmt.Errorf("run %s: %w", id, err)
		}
		if status == Running {
			continue
		}
		if err := fileResults(ctx, tx, id); err != nil {
			return fmt.Errorf("run %s: %w", id, err)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return gatherThumbnails(ctx, tx)
}
