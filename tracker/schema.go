package tracker

import (
	"context"
	"database/sql"
	"embed"
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
func migrate(db *sql.DB) error {
	if version, err := schemaVersion(db); err != nil || version >= latestSchema() {
		return err
	}
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
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version+1)); err != nil {
		return false, err
	}
	return false, tx.Commit()
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
var finishing = map[int]func(ctx context.Context, tx *sql.Tx) error{2: summarizeJournal}

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
		samples, _ := decodePayload(payload)
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
