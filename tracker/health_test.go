package tracker

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestUsageFindsEverything(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d")
	a := begin(t, s, run.ID, nil)
	put(t, s, a, 1, at("loss", 1, 1), at("loss", 2, 2))
	if err := os.WriteFile(s.LogPath(run.ID, 1), []byte("12345"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.CheckpointDir(run.ID), "model.safetensors"), make([]byte, 1000), 0o644); err != nil {
		t.Fatal(err)
	}
	parts := func() map[string][2]int64 {
		t.Helper()
		u, err := s.Usage(t.Context())
		if err != nil || u.Database <= 0 || u.Log < 0 || u.Disk == 0 {
			t.Fatalf("got %+v, %v", u, err)
		}
		if u.Runs != 1 || u.Series != 1 || u.Points != 2 || u.Deleted != 0 {
			t.Errorf("got %+v", u)
		}
		got := map[string][2]int64{}
		for _, p := range u.Parts {
			got[p.Name] = [2]int64{p.Count, min(p.Bytes, 1000)}
		}
		return got
	}
	got := parts()
	batch := got["batches in the journal"]
	if batch[0] != 1 || batch[1] == 0 {
		t.Errorf("the journal holds %v", batch)
	}
	delete(got, "batches in the journal")
	want := map[string][2]int64{"logs": {1, 5}, "checkpoints": {1, 1000}, "points in chunks": {}, "superseded points": {}, "captured maps and histograms": {}, "text samples": {}, "artifacts": {}, "prepared corpora and tokenizers": {}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	foldAll(t, s)
	if got := parts(); got["points in chunks"][0] != 1 || got["batches in the journal"][0] != 0 {
		t.Errorf("folded: %v", got)
	}
}

func TestTheLastCheckIsKnown(t *testing.T) {
	s := newStore(t, Options{})
	if _, ok := s.LastCheck(); ok {
		t.Error("a new store was checked")
	}
	want := Report{Runs: 3, Findings: []Finding{{"chunk 1", "its checksum", true}}}
	if err := s.KeepCheck(want, 1500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	got, ok := s.LastCheck()
	if diff := cmp.Diff(want, got.Report); !ok || diff != "" || got.Took != 1.5 || got.Time.IsZero() {
		t.Errorf("got %+v", got)
	}
}

func TestBackupsAreKnown(t *testing.T) {
	s := newStore(t, Options{})
	first, second := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")
	for _, folder := range []string{first, second} {
		if _, err := s.Copy(t.Context(), folder); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(first); err != nil {
		t.Fatal(err)
	}
	list, err := s.Backups()
	if err != nil || len(list) != 2 || list[0].Folder != second || list[0].Gone || !list[0].Sound() || list[1].Folder != first || !list[1].Gone || list[0].Made.IsZero() {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestTheOwnerIsKnown(t *testing.T) {
	s := newStore(t, Options{})
	if _, ok := s.Owner(); ok {
		t.Error("a new store has an owner")
	}
	release, _, err := s.LockOwner()
	if err != nil {
		t.Fatal(err)
	}
	if pid, ok := s.Owner(); !ok || pid != os.Getpid() {
		t.Errorf("the owner is %d, %v", pid, ok)
	}
	release()
	if _, ok := s.Owner(); ok {
		t.Error("who let go owns it")
	}
}
