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

// migrate brings the schema up to date, one migration a transaction.
func migrate(db *sql.DB) error {
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
