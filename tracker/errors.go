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

// explain names a full disk in words.
func explain(err error) error {
	var e sqlite3.Error
	if errors.As(err, &e) && e.Code == sqlite3.ErrFull || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: the disk has no room left (%v); free some and run the same command again", ErrStoreFull, err)
	}
	return err
}
