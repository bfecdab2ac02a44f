package tracker

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
)

// prepareFolder makes a store's folder, or finds it, and refuses one that a store cannot lie in.
func prepareFolder(dir string, o Options) error {
	if o.ReadOnly {
		if _, err := os.Stat(filepath.Join(dir, databaseName)); err != nil {
			return fmt.Errorf("%w: no store is there", ErrNotFound)
		}
		return checkFileSystem(dir)
	}
	for _, sub := range []string{"", "runs", "cache"} {
		if err := makeFolder(filepath.Join(dir, sub)); err != nil {
			return err
		}
	}
	return errors.Join(checkFileSystem(dir), checkWritable(dir))
}

// checkWritable refuses a store that can be opened for writing, but not written.
func checkWritable(dir string) error {
	for _, path := range []string{dir, filepath.Join(dir, databaseName)} {
		if err := writable(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: %w; make it writable, or copy the store to a folder that is and name that with --store", ErrInvalid, err)
		}
	}
	return nil
}

// explainOpen says what keeps a store from being opened.
func explainOpen(dir string, err error) error {
	var e sqlite3.Error
	if errors.As(err, &e) && (e.Code == sqlite3.ErrCantOpen || e.Code == sqlite3.ErrReadonly) {
		if reason := writable(dir); reason != nil {
			return fmt.Errorf("%w: %w, and even to read, SQLite makes files beside the database; copy the store to a folder that can be written and name that with --store", ErrInvalid, reason)
		}
	}
	return explain(err)
}

// makeFolder makes a folder and those above it that are missing, and writes their names through to the disk: what is synced
// in a folder that is lost is lost.
func makeFolder(path string) error {
	var above []string
	for at := path; at != filepath.Dir(at); at = filepath.Dir(at) {
		if _, err := os.Stat(at); err == nil {
			break
		}
		above = append(above, filepath.Dir(at))
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	for _, folder := range above {
		if err := syncFile(folder); err != nil && !errors.Is(err, fs.ErrPermission) { // one that may not be listed
			return err
		}
	}
	return nil
}
