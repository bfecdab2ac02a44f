package tracker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fullRun makes an ended run that has something of everything, some of it folded and some superseded.
func fullRun(t testing.TB, s *Store, seed int64) string {
	t.Helper()
	ctx := context.Background()
	run := addRun(t, s, "e", "baseline", seed, "d").ID
	a := begin(t, s, run, nil)
	for i := range int64(200) {
		put(t, s, a, i+1, at("loss", i, float64(i)), at("lr", i, .1))
	}
	foldAll(t, s)
	a.release()
	a = begin(t, s, run, &Resume{Attempt: 1, Sequence: 100})
	put(t, s, a, 1, at("loss", 101, 1))
	if err := errors.Join(
		a.Capture(ctx, Capture{Name: "attention", Layers: 3, Heads: 4, Queries: 2, Keys: 2, Tokens: []string{"a", "b"}, Values: make([]float32, 48)}, 1),
		a.Texts(ctx, []Text{{Name: "prompt", Prompt: "p", Output: "o"}}, 1),
		s.Tag(ctx, []string{run}, Retag{Set: map[string]string{"kept": ""}}),
		s.WriteNote(ctx, Scope{Run: run}, "a note"),
		s.DeclareMetrics(ctx, run, []MetricInfo{{Name: "loss"}}),
	); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"shared": "same for all", "own": run} {
		if _, err := s.PutArtifact(ctx, run, name, "", strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.End(ctx, Finished, ""); err != nil {
		t.Fatal(err)
	}
	return run
}

// rowsOf counts the rows of every table.
func rowsOf(t *testing.T, s *Store) map[string]int {
	t.Helper()
	tables, err := collect(t.Context(), s.read, scanText, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, table := range tables {
		var n int
		if err := s.read.QueryRow("SELECT count(*) FROM " + table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		counts[table] = n
	}
	return counts
}

func TestDeletedRunsAreHiddenAndComeBack(t *testing.T) {
	s := newStore(t, Options{})
	run := fullRun(t, s, 1)
	listed := func(f RunFilter) int {
		runs, err := s.Runs(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		return len(runs)
	}
	if err := s.DeleteRuns(t.Context(), []string{run}); err != nil {
		t.Fatal(err)
	}
	if listed(RunFilter{}) != 0 || listed(RunFilter{Deleted: true}) != 1 {
		t.Error("a deleted run is listed, or not among the deleted")
	}
	if err := s.DeleteRuns(t.Context(), []string{run, "nobody"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown run: %v", err)
	}
	if err := s.UndeleteRuns(t.Context(), []string{run}); err != nil || listed(RunFilter{}) != 1 {
		t.Errorf("it has not come back: %v", err)
	}
	busy := addRun(t, s, "e", "baseline", 2, "d2").ID
	begin(t, s, busy, nil)
	if err := s.DeleteRuns(t.Context(), []string{busy}); !errors.Is(err, ErrConflict) {
		t.Errorf("a running run: %v", err)
	}
}

func TestCollectLeavesNothingAndTouchesNothingElse(t *testing.T) {
	s := newStore(t, Options{})
	kept := fullRun(t, s, 1)
	foldAll(t, s)
	before := rowsOf(t, s)
	points := values(t, s, kept, "loss")
	version, err := s.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gone := fullRun(t, s, 2)
	if err := s.DeleteRuns(t.Context(), []string{gone}); err != nil {
		t.Fatal(err)
	}
	c, err := s.Collect(t.Context(), nil)
	if diff := cmp.Diff(Collected{Runs: 1, Blobs: 1, Bytes: int64(len(gone))}, c); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	after := rowsOf(t, s)
	delete(before, "journal") // events
	delete(after, "journal")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("rows (-before +after)\n%s", diff)
	}
	if _, err := os.Stat(s.RunDir(gone)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its folder: %v", err)
	}
	if diff := cmp.Diff(points, values(t, s, kept, "loss")); diff != "" {
		t.Errorf("the other run: %s", diff)
	}
	if _, _, err := s.Tail(t.Context(), version); !errors.Is(err, ErrReset) {
		t.Errorf("a tail from before has missed the run's batches: %v", err)
	}
	report, err := s.Check(t.Context(), nil)
	if err != nil || len(report.Findings) != 0 || report.Runs != 1 {
		t.Errorf("check: %+v, %v", report, err)
	}
}

func TestACollectionThatIsCutOffIsGoneOnWith(t *testing.T) {
	s := newStore(t, Options{})
	run := fullRun(t, s, 1)
	if err := s.DeleteRuns(t.Context(), []string{run}); err != nil {
		t.Fatal(err)
	}
	if err := s.hide(t.Context(), run); err != nil { // as far as a killed one may have come
		t.Fatal(err)
	}
	if err := s.UndeleteRuns(t.Context(), []string{run}); !errors.Is(err, ErrConflict) {
		t.Errorf("a run that is gone in part comes back: %v", err)
	}
	if report, err := s.Check(t.Context(), nil); err != nil || len(report.Findings) != 0 {
		t.Errorf("check: %+v, %v", report, err)
	}
	if c, err := s.Collect(t.Context(), nil); err != nil || c.Runs != 1 {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestCollectRemovesWhatDeadWritersLeft(t *testing.T) {
	s := newStore(t, Options{})
	if err := os.MkdirAll(s.blobDir(), 0o755); err != nil {
		t.Fatal(err)
	}
	dead := filepath.Join(s.blobDir(), partialBlob+"dead")
	if err := os.WriteFile(dead, []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	alive, err := s.receive(t.Context(), strings.NewReader("on its way"))
	if err != nil {
		t.Fatal(err)
	}
	defer alive.close()
	if _, err := s.Collect(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the dead one: %v", err)
	}
	if _, err := os.Stat(alive.file.Name()); err != nil {
		t.Errorf("the living one: %v", err)
	}
}

func TestOneCollectionOrBackupAtATime(t *testing.T) {
	s := newStore(t, Options{})
	release, err := s.lockCollection()
	if err != nil {
		t.Fatal(err)
	}
	_, collectErr := s.Collect(t.Context(), nil)
	_, copyErr := s.Copy(t.Context(), filepath.Join(t.TempDir(), "copy"))
	if !errors.Is(collectErr, ErrConflict) || !errors.Is(copyErr, ErrConflict) {
		t.Errorf("got %v and %v", collectErr, copyErr)
	}
	release()
	if _, err := s.Collect(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
