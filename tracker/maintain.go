package tracker

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// maintainEvery is how often the owner looks after the store, and largeLog the size beyond which the write-ahead log is
// cut back rather than only folded in.
const (
	maintainEvery = 5 * time.Second
	largeLog      = 64 << 20
)

// Maintain is the owner's work until ctx ends: it folds the write-ahead log into the database, and drops old events.
func (s *Store) Maintain(ctx context.Context) error {
	tick := time.NewTicker(maintainEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.maintain(context.WithoutCancel(ctx))
		case <-tick.C:
			if err := s.maintain(ctx); err != nil && !transient(err) && ctx.Err() == nil {
				return err
			}
		}
	}
}

func (s *Store) maintain(ctx context.Context) error {
	err := s.transact(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?", keptEvents)
		return err
	})
	if err != nil {
		return fmt.Errorf("drop old events: %w", err)
	}
	mode := "PASSIVE"
	if info, err := os.Stat(filepath.Join(s.dir, databaseName+"-wal")); err == nil && info.Size() > largeLog {
		mode = "TRUNCATE"
	}
	var busy, frames, done int
	if err := s.write.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &frames, &done); err != nil {
		return fmt.Errorf("fold the write-ahead log in: %w", err)
	}
	return nil
}
