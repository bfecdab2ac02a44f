package tracker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mattn/go-sqlite3"
)

// Usage is what a store takes, in bytes.
type Usage struct {
	Database int64 `json:"database"` // the file
	Free     int64 `json:"free"`     // pages of it that what comes will use
	Log      int64 `json:"log"`      // the write-ahead log beside it
	Disk     int64 `json:"disk"`     // free on the disk; -1 where that cannot be told
	// What is recorded, without what is deleted or superseded.
	Experiments int64 `json:"experiments"`
	Runs        int64 `json:"runs"`
	Series      int64 `json:"series"`
	Points      int64 `json:"points"`
	Deleted     int64 `json:"deleted"` // runs that wait for their collection
	// Parts are kinds of what is stored; those of the database add up to about its size without indexes.
	Parts []Part `json:"parts"`
}

// Total is what all of it takes on the disk.
func (u Usage) Total() int64 {
	total := u.Database + u.Log
	for _, p := range u.Parts {
		if p.Where != inDatabase {
			total += p.Bytes
		}
	}
	return total
}

// inDatabase is the place of what lies in the database.
const inDatabase = "database"

// Part is one kind of what is stored.
type Part struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
	Bytes int64  `json:"bytes"`
	// Where it lies: "database", or the folder.
	Where string `json:"where"`
}

// partQueries count what lies in the database; lengths of blobs are read without the blobs.
var partQueries = []struct{ name, where, query string }{
	{"points in chunks", inDatabase, "SELECT count(*), coalesce(sum(length(top) + length(levels) + length(data)), 0) FROM chunks"},
	{"superseded points", inDatabase, "SELECT count(*), coalesce(sum(length(data)), 0) FROM superseded_chunks"},
	{"batches in the journal", inDatabase, "SELECT count(*), coalesce(sum(length(payload)), 0) FROM journal WHERE kind = 'points'"},
	{"captured maps and histograms", inDatabase, "SELECT count(*), coalesce(sum(length(data)), 0) FROM capture_heads"},
	{"text samples", inDatabase, "SELECT count(*), coalesce(sum(length(prompt) + length(output)), 0) FROM texts"},
	{"artifacts", "blobs", "SELECT count(*), coalesce(sum(size), 0) FROM (SELECT digest, max(size) AS size FROM artifacts GROUP BY digest)"},
}

// Usage measures the store. It reads the sizes of every file, so that it may take seconds where there are many runs.
func (s *Store) Usage(ctx context.Context) (Usage, error) {
	u := Usage{Disk: freeSpace(s.dir)}
	for name, into := range map[string]*int64{databaseName: &u.Database, databaseName + "-wal": &u.Log} {
		if info, err := os.Stat(filepath.Join(s.dir, name)); err == nil {
			*into = info.Size()
		}
	}
	if err := s.read.QueryRowContext(ctx, "SELECT (SELECT freelist_count FROM pragma_freelist_count) * (SELECT page_size FROM pragma_page_size)").Scan(&u.Free); err != nil {
		return u, fmt.Errorf("measure the database: %w", err)
	}
	err := s.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM experiments), (SELECT count(*) FROM runs WHERE deleted = 0), (SELECT count(*) FROM runs WHERE deleted <> 0),
		(SELECT count(*) FROM series), (SELECT coalesce(sum(count), 0) FROM series)`).Scan(&u.Experiments, &u.Runs, &u.Deleted, &u.Series, &u.Points)
	if err != nil {
		return u, fmt.Errorf("count what is recorded: %w", err)
	}
	for _, q := range partQueries {
		p := Part{Name: q.name, Where: q.where}
		if err := s.read.QueryRowContext(ctx, q.query).Scan(&p.Count, &p.Bytes); err != nil {
			return u, fmt.Errorf("measure %s: %w", q.name, err)
		}
		u.Parts = append(u.Parts, p)
	}
	files, err := s.measureFiles(ctx)
	if err != nil {
		return u, fmt.Errorf("measure the files: %w", err)
	}
	u.Parts = append(u.Parts, files...)
	return u, nil
}

// measureFiles measures what lies beside the database.
func (s *Store) measureFiles(ctx context.Context) ([]Part, error) {
	logs, checkpoints, cache := Part{Name: "logs", Where: "runs"}, Part{Name: "checkpoints", Where: "runs"}, Part{Name: "prepared corpora and tokenizers", Where: "cache"}
	runs := filepath.Join(s.dir, "runs")
	err := walkFiles(ctx, runs, func(path string, size int64) {
		p := &checkpoints
		if strings.HasSuffix(path, ".log") {
			p = &logs
		} else if filepath.Base(path) == "lock" {
			return
		}
		p.Count, p.Bytes = p.Count+1, p.Bytes+size
	})
	err = errors.Join(err, walkFiles(ctx, s.CacheDir(), func(_ string, size int64) { cache.Count, cache.Bytes = cache.Count+1, cache.Bytes+size }))
	return []Part{logs, checkpoints, cache}, err
}

// walkFiles visits the files below a folder; what vanishes meanwhile is left out.
func walkFiles(ctx context.Context, dir string, visit func(path string, size int64)) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case !e.Type().IsRegular():
			return nil
		}
		if info, err := e.Info(); err == nil {
			visit(path, info.Size())
		}
		return nil
	})
}

// Versions are those of a store's making.
type Versions struct {
	Schema int    `json:"schema"`
	SQLite string `json:"sqlite"`
}

// Versions are those of the schema and of the database's library.
func (s *Store) Versions() Versions {
	library, _, _ := sqlite3.Version()
	return Versions{latestSchema(), library}
}
