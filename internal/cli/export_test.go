package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"inkstone/tracker"
)

func TestRunsAreExportedAndImported(t *testing.T) {
	store, ids := smallStore(t)
	folder, other := filepath.Join(t.TempDir(), "archive"), filepath.Join(t.TempDir(), "other")
	if got := mustRun(t, "export", folder, "--store", store); !strings.HasPrefix(got, "exported 3 runs with 3 points to "+folder) {
		t.Errorf("got %q", got)
	}
	if got := mustRun(t, "import", folder, "--store", other); got != "imported 3 runs and 0 experiments\n" {
		t.Errorf("got %q", got)
	}
	for _, args := range [][]string{{"runs", "--columns", "val/loss,model.hidden_size"}, {"log", ids[0]}, {"points", ids[1], "val/loss"}, {"runs", "--where", "val/loss > 1", "--json"}} {
		if want, got := mustRun(t, append(args, "--store", store)...), mustRun(t, append(args, "--store", other)...); want != got {
			t.Errorf("%v: got\n%s\nwant\n%s", args, got, want)
		}
	}
	mustRun(t, "fsck", "--store", other)
	if got := mustRun(t, "import", folder, "--store", other); got != "imported 0 runs and 0 experiments; 3 were there already\n" {
		t.Errorf("again: %q", got)
	}
	mustRun(t, "tag", ids[0], "--set", "mine", "--store", other)
	if r := inkstone(t, "import", folder, "--store", other); r.status != 2 || !strings.Contains(r.stderr, ids[0]) || !strings.Contains(r.stderr, "nothing was changed") {
		t.Errorf("another run of that id: %d, %s", r.status, r.stderr)
	}
	if r := inkstone(t, "export", folder, "--store", store); r.status != 2 || !strings.Contains(r.stderr, "name a new folder") {
		t.Errorf("over another: %d, %s", r.status, r.stderr)
	}
	if err := os.Truncate(filepath.Join(folder, "points", ids[0]+".parquet"), 100); err != nil {
		t.Fatal(err)
	}
	untouched := filepath.Join(t.TempDir(), "untouched")
	if r := inkstone(t, "import", folder, "--store", untouched); r.status != 1 || !strings.Contains(r.stderr, "its manifest says") {
		t.Errorf("a damaged archive: %d, %s", r.status, r.stderr)
	}
	if _, err := os.Stat(untouched); !os.IsNotExist(err) {
		t.Errorf("a damaged archive has made a store: %v", err)
	}
}

func TestSomeRunsAreExported(t *testing.T) {
	store, ids := smallStore(t)
	var m struct{ Runs, Points int }
	text := mustRun(t, "export", filepath.Join(t.TempDir(), "a"), "--where", "val/loss > 1", "--json", "--store", store)
	if err := json.Unmarshal([]byte(text), &m); err != nil || m.Runs != 2 || m.Points != 2 {
		t.Errorf("%v %s", err, text)
	}
	folder := filepath.Join(t.TempDir(), "csv")
	if got := mustRun(t, "export", folder, "--run", ids[0], "--run", ids[2][:12], "--csv", "--store", store); !strings.HasPrefix(got, "exported 2 runs with 2 points") {
		t.Errorf("got %q", got)
	}
	for name, want := range map[string]string{"metrics.csv": "file,metric,context,points\nval_loss.csv,val/loss,,1\n", "val_loss.csv": "step,time,value\n5,1970-01-01T00:00:00.000001Z,3\n"} {
		if got, err := os.ReadFile(filepath.Join(folder, ids[2], name)); string(got) != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, args := range map[string][]string{
		"no run": {"--where", "val/loss > 100"}, "both": {"--where", "seed = 1", "--run", ids[0]}, "csv with checkpoints": {"--csv", "--checkpoints"}, "a mistake": {"--where", "los < 1"},
	} {
		if r := inkstone(t, append([]string{"export", filepath.Join(t.TempDir(), "none"), "--store", store}, args...)...); r.status != 2 {
			t.Errorf("%s: exit status %d, %s", name, r.status, r.stderr)
		}
	}
	if r := inkstone(t, "import", filepath.Join(t.TempDir(), "nowhere"), "--store", store); r.status != 2 {
		t.Errorf("no archive: %d, %s", r.status, r.stderr)
	}
}

// TestAnInterruptedExportLeavesNoFolder stops an export of many runs as soon as it has begun to write.
func TestAnInterruptedExportLeavesNoFolder(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store")
	s, err := tracker.Open(store, tracker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if _, err := s.CreateRun(t.Context(), tracker.NewRun{Experiment: "many"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	above := t.TempDir()
	c := start(t, "export", filepath.Join(above, "archive"), "--store", store)
	for begun := false; !begun; time.Sleep(time.Millisecond) {
		entries, err := os.ReadDir(above)
		if err != nil {
			t.Fatal(err)
		}
		begun = len(entries) > 0
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	err = c.Wait()
	if c.ProcessState.ExitCode() != 130 {
		t.Errorf("%v, %s", err, c.stderr.String())
	}
	if entries, err := os.ReadDir(above); len(entries) > 0 || err != nil {
		t.Errorf("%v is left, %v", entries, err)
	}
}
