package tracker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// CheckRecord is the last check of a store, as it is kept beside it.
type CheckRecord struct {
	Time time.Time `json:"time"` // of its end
	Took float64   `json:"took_seconds"`
	Report
}

const checkName = "check.json"

// KeepCheck remembers what a check found, in place of the one before.
func (s *Store) KeepCheck(r Report, took time.Duration) error {
	text, err := json.Marshal(CheckRecord{s.clock().UTC(), took.Seconds(), r})
	if err == nil {
		err = replaceFile(filepath.Join(s.dir, checkName), text)
	}
	if err != nil {
		return fmt.Errorf("keep what the check found: %w", err)
	}
	return nil
}

// LastCheck is the last check that is known; false where there is none.
func (s *Store) LastCheck() (c CheckRecord, ok bool) {
	text, err := os.ReadFile(filepath.Join(s.dir, checkName))
	if err != nil || json.Unmarshal(text, &c) != nil {
		return CheckRecord{}, false // one that cannot be read is made again by the next check
	}
	return c, true
}

// replaceFile writes a file that is there whole, or as it was.
func replaceFile(path string, text []byte) error {
	partial, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer os.Remove(partial.Name()) // gone by then, if all went well
	_, err = partial.Write(text)
	if err := errors.Join(err, partial.Chmod(0o644), partial.Sync(), partial.Close()); err != nil {
		return err
	}
	return errors.Join(os.Rename(partial.Name(), path), syncFile(filepath.Dir(path)))
}

// Owner is the process that looks after the store; false where none does.
func (s *Store) Owner() (pid int, ok bool) {
	path := filepath.Join(s.dir, "owner.lock")
	if !locked(path) {
		return 0, false
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, true
	}
	pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
	return pid, true
}
