package tracker

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// The kinds of failure that callers tell apart.
var (
	// ErrNotFound: there is no such thing in the store.
	ErrNotFound = errors.New("not found")
	// ErrConflict: another process holds it, or a name fits several.
	ErrConflict = errors.New("conflict")
	// ErrInvalid: what was given, or what is stored, cannot be right.
	ErrInvalid = errors.New("invalid")
	// ErrReset: the cursor is older than the events that are kept; read everything again.
	ErrReset = errors.New("the cursor is older than what is kept")
	// ErrStoreFull: the disk is full, or the database may not be written.
	ErrStoreFull = errors.New("store full")
)

// transient tells whether an error passes by itself: another process holds the write lock.
func transient(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked)
}

// damaged tells whether an error is about what is stored, and not about storing: of a checksum, or of the database's pages.
func damaged(err error) bool { return errors.Is(err, ErrInvalid) || corrupt(err) }

// corrupt tells whether SQLite cannot make sense of the database's pages.
func corrupt(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB)
}

// explain says in words what SQLite says in a code, where a user can do something about it.
func explain(err error) error {
	var e sqlite3.Error
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT),
		errors.As(err, &e) && (e.Code == sqlite3.ErrFull || e.SystemErrno == syscall.ENOSPC || e.SystemErrno == syscall.EDQUOT):
		return fmt.Errorf("%w: the disk has no room left (%w); free some and run the same command again", ErrStoreFull, err)
	case errors.As(err, &e) && e.Code == sqlite3.ErrReadonly:
		return fmt.Errorf("%w: the database can no longer be written (%w); make its folder writable and run the same command again", ErrStoreFull, err)
	case corrupt(err):
		return fmt.Errorf("%w: the database is damaged (%w); `inkstone fsck` tells what still reads, and a backup has the rest", ErrInvalid, err)
	}
	return err
}
