package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Copy writes the whole store to a folder that is not there yet, while others write to it, and checks the copy. The folder
// appears when everything in it is on disk. Prepared corpora are left out: they are made again. The report is that of the
// copy; it has the findings of the store, if that is damaged.
//
// Checkpoints come first, the database after them: it then knows every batch that a copied checkpoint includes. Blobs come last,
// so that all are there that the copied database refers to; nothing is collected meanwhile.
func (s *Store) Copy(ctx context.Context, folder string) (Report, error) {
	release, err := s.lockCollection()
	if err != nil {
		return Report{}, fmt.Errorf("copy store %q: %w", s.dir, err)
	}
	defer release()
	report, err := s.copy(ctx, folder)
	if err != nil {
		return report, fmt.Errorf("copy store %q to %q: %w", s.dir, folder, err)
	}
	if absolute, err := filepath.Abs(folder); err == nil {
		_ = s.keepBackup(Backup{Folder: absolute, Made: s.clock().UTC(), Report: report}) // it is whole, remembered or not
	}
	return report, nil
}

// Restore copies a store that Copy made, of whatever schema, to a folder that is not there yet. The copy is brought up to date
// and checked; the backup stays as it is.
func Restore(ctx context.Context, backup, folder string) (Report, error) {
	dir, err := filepath.Abs(backup)
	if err != nil {
		return Report{}, fmt.Errorf("restore %q: %w", backup, err)
	}
	if _, err := os.Stat(filepath.Join(dir, databaseName)); err != nil {
		return Report{}, fmt.Errorf("restore %q: %w: no store is there", backup, ErrNotFound)
	}
	report, err := (&Store{dir: dir}).copy(ctx, folder)
	if err != nil {
		return report, fmt.Errorf("restore %q to %q: %w", dir, folder, err)
	}
	return report, nil
}

func (s *Store) copy(ctx context.Context, folder string) (Report, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return Report{}, err
	}
	if _, err := os.Lstat(folder); err == nil {
		return Report{}, fmt.Errorf("%w: it is there already; name a new folder", ErrConflict)
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return Report{}, err
	}
	partial, err := os.MkdirTemp(filepath.Dir(folder), "."+filepath.Base(folder)+".partial-")
	if err != nil {
		return Report{}, err
	}
	defer os.RemoveAll(partial) // gone by then, if all went well
	if err := s.copyAll(ctx, partial); err != nil {
		return Report{}, err
	}
	report, err := checkCopy(ctx, partial)
	if err != nil {
		return report, err
	}
	if err := syncFolders(partial); err != nil {
		return report, err
	}
	if err := errors.Join(os.Chmod(partial, 0o755), os.Rename(partial, folder)); err != nil {
		return report, err
	}
	return report, syncFile(filepath.Dir(folder))
}

func (s *Store) copyAll(ctx context.Context, folder string) error {
	if err := copyTree(ctx, filepath.Join(s.dir, "runs"), filepath.Join(folder, "runs")); err != nil {
		return err
	}
	db, err := sql.Open("sqlite3", s.dsn("mode=ro"))
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", filepath.Join(folder, databaseName)); err != nil {
		return explain(err)
	}
	if err := syncFile(filepath.Join(folder, databaseName)); err != nil {
		return err
	}
	return copyTree(ctx, s.blobDir(), filepath.Join(folder, "blobs"))
}

// checkCopy opens the copy, gives runs that are younger than the copied files their folder, and checks everything.
func checkCopy(ctx context.Context, folder string) (Report, error) {
	c, err := Open(folder, Options{})
	if err != nil {
		return Report{}, err
	}
	defer c.Close()
	ids, err := collect(ctx, c.read, scanText, "SELECT id FROM runs")
	if err != nil {
		return Report{}, err
	}
	for _, id := range ids {
		if err := os.MkdirAll(c.CheckpointDir(id), 0o755); err != nil {
			return Report{}, err
		}
	}
	return c.Check(ctx, nil)
}

// copyTree copies files to disk; those that vanish meanwhile, as old checkpoints do, and locks are left out.
func copyTree(ctx context.Context, from, to string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		switch {
		case e.IsDir():
			return os.MkdirAll(target, 0o755)
		case e.Name() == "lock" || strings.HasPrefix(e.Name(), partialBlob) || !e.Type().IsRegular():
			return nil
		}
		return copyFile(path, target)
	})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// syncFolders writes the lists of names of a folder and of all below it through to the disk.
func syncFolders(folder string) error {
	return filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		return syncFile(path)
	})
}

// syncFile writes a file, or a folder's list of names, through to the disk.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
