package tracker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// LockFile takes an exclusive lock that ends with the process, whatever ends it. ok is false where another holds it; a
// second opening by the same process counts as another.
func LockFile(path string) (release func(), ok bool, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, false, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, false, err
	}
	if ok, err := tryLock(f); err != nil || !ok {
		f.Close()
		return nil, false, err
	}
	_ = f.Truncate(0)
	_, _ = f.WriteString(fmt.Sprint(os.Getpid()))
	return func() { f.Close() }, true, nil
}

// locked tells whether somebody holds a lock.
func locked(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return isLocked(f)
}

// holder is the process id written in a lock file, for messages.
func holder(path string) string {
	text, err := os.ReadFile(path)
	if err != nil || len(text) == 0 {
		return "another process"
	}
	return "process " + strings.TrimSpace(string(text))
}

// LockOwner tries to become the store's owner, who looks after its files (see Maintain). There is no election: where ok
// is false, another process is the owner.
func (s *Store) LockOwner() (release func(), ok bool, err error) {
	release, ok, err = LockFile(filepath.Join(s.dir, "owner.lock"))
	if err != nil {
		return nil, false, fmt.Errorf("lock store %q: %w", s.dir, err)
	}
	return release, ok, nil
}

// lockBlobs waits for the lock of the folder of blobs: whoever places one holds it until the blob is referred to, and whoever
// collects, while it looks for blobs that nobody refers to.
func (s *Store) lockBlobs(ctx context.Context) (release func(), err error) {
	path := filepath.Join(s.dir, "blobs.lock")
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		release, ok, err := LockFile(path)
		if ok || err != nil {
			return release, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// lockCollection keeps collections and backups apart: what a backup's database refers to must still be there to be copied.
func (s *Store) lockCollection() (release func(), err error) {
	path := filepath.Join(s.dir, "collect.lock")
	release, ok, err := LockFile(path)
	if err == nil && !ok {
		err = fmt.Errorf("%w: %s collects, copies, exports or imports; wait for its end", ErrConflict, holder(path))
	}
	return release, err
}

// LockExperiment makes sure that one process at a time drives an experiment.
func (s *Store) LockExperiment(name string) (release func(), err error) {
	path := filepath.Join(s.dir, "experiments", name+".lock")
	release, ok, err := LockFile(path)
	if err != nil {
		return nil, fmt.Errorf("lock experiment %q: %w", name, err)
	}
	if !ok {
		return nil, fmt.Errorf("%w: experiment %q is being run by %s already; watch it with `inkstone serve`, or wait for its end", ErrConflict, name, holder(path))
	}
	return release, nil
}

// lockRun takes a run for its only writer.
func (s *Store) lockRun(run string) (release func(), err error) {
	release, ok, err := LockFile(s.runLock(run))
	if err != nil {
		return nil, fmt.Errorf("lock run %s: %w", run, err)
	}
	if !ok {
		return nil, fmt.Errorf("%w: run %s is being trained by %s already", ErrConflict, run, holder(s.runLock(run)))
	}
	return release, nil
}

// RunLocked tells whether an attempt of the run is alive.
func (s *Store) RunLocked(id string) bool { return locked(s.runLock(id)) }

func (s *Store) runLock(id string) string { return filepath.Join(s.RunDir(id), "lock") }
