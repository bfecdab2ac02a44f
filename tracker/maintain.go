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
	// keptEvents is how many journal rows events may lie back.
	keptEvents = 10_000
)

// Maintain is the owner's work until ctx ends: it folds the journal into chunks and the write-ahead log into the database,
// and drops old events. What is younger than a round stays in the journal, for those who tail the store; at the end
// everything is folded that can be.
func (s *Store) Maintain(ctx context.Context) error {
	tick := time.NewTicker(maintainEvery)
	defer tick.Stop()
	floor, err := s.Version(ctx)
	for err == nil || transient(err) {
		select {
		case <-ctx.Done():
			last := context.WithoutCancel(ctx)
			if floor, err = s.Version(last); err != nil {
				return err
			}
			return s.maintain(last, floor)
		case <-tick.C:
		}
		next, versionErr := s.Version(ctx)
		if err = s.maintain(ctx, floor); ctx.Err() != nil {
			err = nil
		}
		if versionErr == nil {
			floor = next
		}
	}
	return err
}

// maintain is one round. Journal rows behind floor are left alone.
func (s *Store) maintain(ctx context.Context, floor int64) error {
	if err := s.compact(ctx, floor); err != nil {
		return err
	}
	if err := s.dropEvents(ctx, floor-keptEvents); err != nil {
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

// dropEvents deletes events up to a version, a few at a time.
func (s *Store) dropEvents(ctx context.Context, upTo int64) error {
	for {
		ids, err := collect(ctx, s.read, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) },
			"SELECT id FROM journal WHERE id <= ? AND kind <> 'points' ORDER BY id LIMIT ?", upTo, dropPerTransaction)
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := s.transact(ctx, func(tx *sql.Tx) error { return dropRows(ctx, tx, ids) }); err != nil {
			return err
		}
	}
}
