package remote

import (
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/tracker"
)

func errorIs(err error, all ...error) bool {
	for _, want := range all {
		if !errors.Is(err, want) {
			return false
		}
	}
	return true
}

// disk makes files that fail as it says.
type disk struct {
	mu       sync.Mutex
	room     int // bytes
	truncate error
	sync     error
}

func (d *disk) create(path string) (file, error) {
	f, err := createFile(path)
	return &diskFile{f, d}, err
}

func (d *disk) set(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

type diskFile struct {
	file
	disk *disk
}

func (f *diskFile) Write(p []byte) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	fits := min(len(p), f.disk.room)
	f.disk.room -= fits
	n, err := f.file.Write(p[:fits])
	if err == nil && fits < len(p) {
		err = syscall.ENOSPC
	}
	return n, err
}

func (f *diskFile) Truncate(size int64) error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	return errors.Join(f.disk.truncate, f.file.Truncate(size))
}

func (f *diskFile) Sync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	return errors.Join(f.disk.sync, f.file.Sync())
}

func TestAFullDiskIsNamedAndLosesNothing(t *testing.T) {
	for name, truncate := range map[string]error{"the torn frame is cut at once": nil, "it is cut before the next one": syscall.EIO} {
		t.Run(name, func(t *testing.T) {
			a, d := &acceptor{}, &disk{room: 1000, truncate: truncate}
			dir := filepath.Join(t.TempDir(), "journal")
			client, attempt := started(t, Config{Dir: dir}, a)
			client.writer.create = d.create
			a.turn(true)
			next := int64(1)
			var err error
			for ; err == nil && next < 100; next++ {
				err = client.Append(t.Context(), valued(attempt, next))
			}
			next--
			if !errorIs(err, tracker.ErrStoreFull, syscall.ENOSPC) {
				t.Fatalf("got %v, want ErrStoreFull", err)
			}
			if p, _, err := Look(dir); err != nil || p.Frames != next-1 || len(p.Damaged) > 0 {
				t.Fatalf("the journal holds %+v (%v), want %d frames", p, err, next-1)
			}
			d.set(func() { d.truncate, d.room = nil, 1<<20 })
			put(t, attempt, next, next+3)
			a.turn(false)
			if err := client.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := a.values(); int64(len(got)) != next+3 || !slices.IsSorted(got) {
				t.Errorf("got %v, want 1 to %d", got, next+3)
			}
			if p := client.Pending(); len(p.Damaged) > 0 {
				t.Errorf("%v", p.Damaged)
			}
		})
	}
}

func TestAFailedSyncAcknowledgesNothing(t *testing.T) {
	a, d := &acceptor{}, &disk{room: 1 << 20}
	client, attempt := started(t, Config{Dir: filepath.Join(t.TempDir(), "journal"), Segment: 200}, a)
	client.writer.create = d.create
	put(t, attempt, 1, 5)
	for next := int64(6); next < 20; next += 2 { // with a segment's beginning among them
		d.set(func() { d.sync = syscall.EIO })
		if err := client.Append(t.Context(), valued(attempt, next)); !errors.Is(err, syscall.EIO) {
			t.Fatalf("got %v, want EIO", err)
		}
		if err := client.Append(t.Context(), valued(attempt, next+1)); !errors.Is(err, tracker.ErrInvalid) {
			t.Fatalf("batch %d was not acknowledged, and the next one is taken: %v", next, err)
		}
		d.set(func() { d.sync = nil })
		put(t, attempt, next, next+1)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []float64{}
	for i := range 19 {
		want = append(want, float64(i+1))
	}
	if diff := cmp.Diff(want, a.values()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if p := client.Pending(); len(p.Damaged)+len(p.Lost) > 0 {
		t.Errorf("%+v", p)
	}
}

func TestAJournalHasOneWriter(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	client, _ := started(t, Config{Dir: dir}, &acceptor{})
	if _, err := Open(Config{Dir: dir}); !errors.Is(err, tracker.ErrConflict) {
		t.Errorf("a second one: got %v, want ErrConflict", err)
	}
	if err := client.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err := Open(Config{Dir: dir, Transport: &acceptor{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]Config{
		"no server":        {},
		"no address":       {URL: "localhost:7433"},
		"another protocol": {URL: "ftp://localhost"},
		"durable":          {URL: "http://localhost", Durable: "paper"},
	} {
		c.Dir = filepath.Join(t.TempDir(), "journal")
		if client, err := Open(c); !errors.Is(err, tracker.ErrInvalid) || client != nil {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
}
