package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Deleting a run hides it, and it can come back. Collecting takes deleted runs out of the store for good: a few rows in each
// transaction, so that nobody who writes waits, and in a memory that does not grow with the run. A collection that is cut off
// is gone on with by the next. Blobs that nobody refers to are removed at the end.

// DeleteRuns hides runs, all of them or, on an error, none. A running one is refused with ErrConflict.
func (s *Store) DeleteRuns(ctx context.Context, runs []string) error {
	err := s.setDeleted(ctx, runs, micros(s.clock()), func(run string, status Status, collecting bool) error {
		if status == Running && s.RunLocked(run) {
			return fmt.Errorf("%w: run %s is being trained; stop it first", ErrConflict, run)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("delete %d runs: %w", len(runs), err)
	}
	return nil
}

// UndeleteRuns brings deleted runs back, all of them or, on an error, none. One that was collected in part is refused with
// ErrConflict.
func (s *Store) UndeleteRuns(ctx context.Context, runs []string) error {
	err := s.setDeleted(ctx, runs, 0, func(run string, _ Status, collecting bool) error {
		if collecting {
			return fmt.Errorf("%w: run %s is gone in part, since its collection has begun", ErrConflict, run)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("undelete %d runs: %w", len(runs), err)
	}
	return nil
}

func (s *Store) setDeleted(ctx context.Context, runs []string, deleted int64, allow func(run string, status Status, collecting bool) error) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		for _, run := range runs {
			experiment, err := runExperiment(ctx, tx, run)
			if err != nil {
				return err
			}
			var status Status
			var collecting bool
			if err := tx.QueryRowContext(ctx, "SELECT status, collecting FROM runs WHERE id = ?", run).Scan(&status, &collecting); err != nil {
				return err
			}
			if err := allow(run, status, collecting); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "UPDATE runs SET deleted = iif(?1 AND deleted, deleted, ?1) WHERE id = ?2", deleted, run); err != nil {
				return err
			}
			if err := addEvent(ctx, tx, Event{Kind: "run", Experiment: experiment, Run: run}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Collected is what a collection has removed.
type Collected struct {
	Runs  int   `json:"runs"`
	Blobs int   `json:"blobs"`
	Bytes int64 `json:"bytes"` // of blobs
}

// Collect removes deleted runs and what they alone referred to. progress, if not nil, is told of each run. Only one collection
// or backup goes on at a time: a second one is refused with ErrConflict.
func (s *Store) Collect(ctx context.Context, progress func(run string, done, total int)) (Collected, error) {
	var c Collected
	release, err := s.lockCollection()
	if err != nil {
		return c, fmt.Errorf("collect: %w", err)
	}
	defer release()
	runs, err := collect(ctx, s.read, scanText, "SELECT id FROM runs WHERE deleted <> 0 ORDER BY id")
	if err != nil {
		return c, fmt.Errorf("list the deleted runs: %w", err)
	}
	for i, run := range runs {
		if progress != nil {
			progress(run, i, len(runs))
		}
		if err := s.collectRun(ctx, run); err != nil {
			return c, fmt.Errorf("collect run %s: %w", run, err)
		}
		c.Runs++
	}
	if err := s.collectBlobs(ctx, &c); err != nil {
		return c, fmt.Errorf("collect blobs: %w", err)
	}
	return c, nil
}

// The rows of a run that may be many, and how many of them one transaction removes. What is left goes with the run's own row.
var collecting = []struct {
	rows string
	most int
}{
	{"journal WHERE id IN (SELECT id FROM journal WHERE run = ?1 LIMIT ?2)", 50},
	{"chunks WHERE id IN (SELECT c.id FROM series s JOIN chunks c ON c.id BETWEEN s.id << 24 AND (s.id << 24) + 0xffffff WHERE s.run = ?1 LIMIT ?2)", 20},
	{"superseded_chunks WHERE id IN (SELECT c.id FROM series s JOIN superseded_chunks c ON c.series = s.id WHERE s.run = ?1 LIMIT ?2)", 20},
	{"capture_heads WHERE (capture, layer, head) IN (SELECT h.capture, h.layer, h.head FROM captures c JOIN capture_heads h ON h.capture = c.id WHERE c.run = ?1 LIMIT ?2)", 4},
	{"captures WHERE id IN (SELECT id FROM captures WHERE run = ?1 LIMIT ?2)", 4},
	{"texts WHERE id IN (SELECT id FROM texts WHERE run = ?1 LIMIT ?2)", 50},
	{"artifacts WHERE id IN (SELECT id FROM artifacts WHERE run = ?1 LIMIT ?2)", 200},
	{"series WHERE id IN (SELECT id FROM series WHERE run = ?1 LIMIT ?2)", 200},
}

// collectRun removes a deleted run: first whatever finds it, then what it has, at last its row, its notes and its folder.
func (s *Store) collectRun(ctx context.Context, run string) error {
	if err := s.hide(ctx, run); err != nil {
		return err
	}
	for _, c := range collecting {
		for removed := int64(c.most); removed == int64(c.most); {
			err := s.transact(ctx, func(tx *sql.Tx) error {
				row, err := tx.ExecContext(ctx, "DELETE FROM "+c.rows, run, c.most)
				if err != nil {
					return err
				}
				removed, err = row.RowsAffected()
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	if err := os.RemoveAll(s.RunDir(run)); err != nil {
		return err
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM notes WHERE run = ?", run); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM runs WHERE id = ?", run)
		return err
	})
}

// hide marks that the run cannot come back, and takes it out of what makes runs findable. The journal's rows are about to
// leave: a tail from before has missed them.
func (s *Store) hide(ctx context.Context, run string) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		row, err := tx.ExecContext(ctx, "UPDATE runs SET collecting = 1 WHERE id = ? AND deleted <> 0", run)
		if err != nil {
			return err
		}
		if n, err := row.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("%w: it was undeleted meanwhile", ErrConflict))
		}
		if err := withdrawResults(ctx, tx, run); err != nil {
			return err
		}
		if err := withdrawParams(ctx, tx, run); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE facts SET value = max(value, (SELECT coalesce(max(id), 0) FROM journal WHERE run = ?)) WHERE name = 'tail-floor'", run)
		return err
	})
}

// collectBlobs removes blobs that no artifact refers to, a folder at a time, and what dead processes left half written.
func (s *Store) collectBlobs(ctx context.Context, c *Collected) error {
	entries, err := os.ReadDir(s.blobDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case e.IsDir() && len(name) == 2:
			err = s.collectFolder(ctx, name, c)
		case strings.HasPrefix(name, partialBlob):
			err = removeUnlocked(filepath.Join(s.blobDir(), name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) collectFolder(ctx context.Context, prefix string, c *Collected) error {
	release, err := s.lockBlobs(ctx)
	if err != nil {
		return err
	}
	defer release()
	wanted, err := collect(ctx, s.read, scanText, "SELECT DISTINCT digest FROM artifacts WHERE digest >= ? AND digest < ?", prefix, prefix+"g")
	if err != nil {
		return err
	}
	referred := make(map[string]bool, len(wanted))
	for _, digest := range wanted {
		referred[digest] = true
	}
	folder := filepath.Join(s.blobDir(), prefix)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if digest := prefix + e.Name(); validDigest(digest) && !referred[digest] {
			if info, err := e.Info(); err == nil {
				c.Bytes += info.Size()
			}
			if err := os.Remove(filepath.Join(folder, e.Name())); err != nil {
				return err
			}
			c.Blobs++
		}
	}
	return nil
}

// removeUnlocked removes a file whose writer is gone.
func removeUnlocked(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if ok, err := tryLock(f); err != nil || !ok {
		return err
	}
	return os.Remove(path)
}
