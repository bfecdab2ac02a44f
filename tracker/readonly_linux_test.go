package tracker

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAReadOnlyDisk opens stores on a disk that has become read-only: one that was closed, one that was in use.
func TestAReadOnlyDisk(t *testing.T) {
	if !inOwnNamespace(t) {
		return
	}
	disk := smallDisk(t)
	s := reopen(t, filepath.Join(disk, "closed"), Options{})
	run := addRun(t, s, "e", "baseline", 1, "d").ID
	a := begin(t, s, run, nil)
	put(t, s, a, 1, at("loss", 1, 1))
	used := filepath.Join(disk, "used")
	if err := os.CopyFS(used, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	a.release()
	s.Close()
	remount(t, disk, unix.MS_RDONLY)
	for _, dir := range []string{s.dir, used} {
		_, err := Open(dir, Options{})
		if want := "cannot be written: read-only file system; make it writable, or copy the store"; !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("for writing: got %v, want %q", err, want)
		}
	}
	_, err := Open(s.dir, Options{ReadOnly: true})
	if want := "even to read, SQLite makes files beside the database; copy the store"; !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
		t.Errorf("for reading: got %v, want %q", err, want)
	}
	if got := values(t, reopen(t, used, Options{ReadOnly: true}), run, "loss"); len(got) != 1 {
		t.Errorf("one that was in use: got %v", got)
	}
	if _, err := Open(filepath.Join(disk, "new"), Options{}); err == nil || !strings.Contains(err.Error(), "read-only file system") {
		t.Errorf("a new one: got %v", err)
	}
}

// TestAFolderOfSomebodyElse has no permission to write.
func TestAFolderOfSomebodyElse(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	s := newStore(t, Options{})
	s.Close()
	if err := os.Chmod(s.dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(s.dir, 0o755)
	for _, o := range []Options{{}, {ReadOnly: true}} {
		if _, err := Open(s.dir, o); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%+v: got %v, want the reason", o, err)
		}
	}
}
