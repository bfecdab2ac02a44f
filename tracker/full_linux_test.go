package tracker

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestADiskThatIsReallyFull fills a small disk with points. What was acknowledged is read, by those who have the store open
// and by those who open it, and writing goes on once there is room.
func TestADiskThatIsReallyFull(t *testing.T) {
	takesLong(t)
	if !inOwnNamespace(t) {
		return
	}
	disk := smallDisk(t)
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	s := reopen(t, filepath.Join(disk, "store"), Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	acknowledged := fill(t, s, a)
	if err := a.Capture(t.Context(), attention(1, 2, 2, 300), acknowledged); !errors.Is(err, ErrStoreFull) {
		t.Errorf("a capture: got %v, want ErrStoreFull", err)
	}
	checkFilled(t, s, a, acknowledged)
	reader := reopen(t, s.dir, Options{ReadOnly: true})
	checkFilled(t, reader, a, acknowledged)
	reader.Close()
	s.Close()
	s = reopen(t, s.dir, Options{})
	checkFilled(t, s, a, acknowledged)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	put(t, s, a, acknowledged+1, at("after", 1, 1))
	foldAll(t, s)
	checkFilled(t, s, a, acknowledged)
	report, err := s.Check(t.Context(), nil)
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("check: %v, %+v", err, report.Findings)
	}
}

// TestAStoreThatWasClosedBeforeTheDiskWasFull cannot be opened, for SQLite has no room for its index of the log.
func TestAStoreThatWasClosedBeforeTheDiskWasFull(t *testing.T) {
	if !inOwnNamespace(t) {
		return
	}
	disk := smallDisk(t)
	s := reopen(t, filepath.Join(disk, "store"), Options{})
	s.Close()
	if err := os.WriteFile(filepath.Join(disk, "ballast"), make([]byte, 16<<20), 0o644); err == nil {
		t.Fatal("the disk has more room than it should")
	}
	for _, o := range []Options{{}, {ReadOnly: true}} {
		if _, err := Open(s.dir, o); !errors.Is(err, ErrStoreFull) || !strings.Contains(err.Error(), "no room left") {
			t.Errorf("%+v: got %v, want ErrStoreFull with the reason", o, err)
		}
	}
}

func reopen(t *testing.T, dir string, o Options) *Store {
	t.Helper()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

const filledPoints = 500

// fill appends batches until the store is full, and returns how many were acknowledged.
func fill(t *testing.T, s *Store, a *Attempting) int64 {
	t.Helper()
	for sequence := int64(1); ; sequence++ {
		b := Batch{Run: a.run, Attempt: a.number, Sequence: sequence}
		for i := range int64(filledPoints) {
			step := (sequence-1)*filledPoints + i
			b.Samples = append(b.Samples, at("loss", step, float64(step)))
		}
		err := s.Append(t.Context(), b)
		switch {
		case errors.Is(err, ErrStoreFull) && sequence > 1:
			return sequence - 1
		case err != nil:
			t.Fatal(err)
		}
	}
}

func checkFilled(t *testing.T, s *Store, a *Attempting, acknowledged int64) {
	t.Helper()
	got := values(t, s, a.run, "loss")
	if int64(len(got)) != acknowledged*filledPoints {
		t.Fatalf("%d points are there, want %d", len(got), acknowledged*filledPoints)
	}
	for i, v := range got {
		if v != float64(i) {
			t.Fatalf("point %d is %v", i, v)
		}
	}
	captures, err := s.Captures(t.Context(), a.run)
	if err != nil || len(captures) > 0 {
		t.Errorf("got %d captures, %v", len(captures), err)
	}
}
