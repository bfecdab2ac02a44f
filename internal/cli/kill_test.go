package cli_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestKilledRunsEndWithTheSameTable kills the command, and in turn its whole process group or the parent alone, at random
// moments, ten or as many as INKSTONE_KILLS says; the same command then completes what is missing, and nothing tells its
// table from an undisturbed one.
func TestKilledRunsEndWithTheSameTable(t *testing.T) {
	spec := filepath.Join("testdata", "specs", "tiny.yaml")
	steps := "train.max_steps=400" // long enough that kills hit every phase
	reference := filepath.Join(t.TempDir(), "reference")
	began := time.Now()
	mustRun(t, "run", spec, "--store", reference, "--addr", "off", "--set", steps)
	undisturbed := time.Since(began)

	store := filepath.Join(t.TempDir(), "killed")
	seed := uint64(time.Now().UnixNano())
	t.Logf("random seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	kills := 10
	if n, err := strconv.Atoi(os.Getenv("INKSTONE_KILLS")); err == nil {
		kills = n
	}
	for i := range kills {
		after := time.Duration(random.Float64() * float64(undisturbed))
		killAfter(t, after, i%2 == 0, "run", spec, "--store", store, "--addr", "off", "--set", steps)
		awaitNoProcess(t, store)
	}
	mustRun(t, "run", spec, "--store", store, "--addr", "off", "--set", steps)

	if diff := cmp.Diff(tableWithoutIDs(t, reference), tableWithoutIDs(t, store)); diff != "" {
		t.Errorf("the table differs (-undisturbed +killed):\n%s", diff)
	}
	for _, trial := range []string{"baseline/1", "baseline/2", "one-layer/1", "one-layer/2"} {
		for _, metric := range []string{"train/loss", "train/grad_norm", "val/loss", "heads/induction"} {
			if got, want := values(t, store, "tiny/"+trial, metric), values(t, reference, "tiny/"+trial, metric); got != want {
				t.Errorf("%s %s differs\ngot  %s\nwant %s", trial, metric, got, want)
			}
		}
	}
	var runs []struct{ Status string }
	if err := json.Unmarshal([]byte(mustRun(t, "runs", "--json", "--store", store)), &runs); err != nil {
		t.Fatal(err)
	}
	if len(runs) != 4 {
		t.Errorf("got %d runs for 4 trials", len(runs))
	}
	t.Logf("killed %d times: %d runs for 4 trials", kills, len(runs))
	for _, r := range runs {
		if r.Status != "finished" {
			t.Errorf("got status %q, want finished", r.Status)
		}
	}
}

var runID = regexp.MustCompile(`"run": "[^"]*"`)

// tableWithoutIDs is the table for programs without the runs' ids, the only thing in it that two stores may not share.
func tableWithoutIDs(t *testing.T, store string) string {
	t.Helper()
	return runID.ReplaceAllString(mustRun(t, "table", "tiny", "--format", "json", "--store", store), `"run": ""`)
}

// killAfter starts a command in a process group of its own and kills the group, or its leader alone.
func killAfter(t *testing.T, after time.Duration, group bool, args ...string) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() {
		pid := cmd.Process.Pid
		if group {
			pid = -pid
		}
		_ = syscall.Kill(pid, syscall.SIGKILL)
	})
	_ = cmd.Wait()
	timer.Stop()
}

// awaitNoProcess waits until no process of the program works on the store: an orphan that stays fails the test through
// the package's own time-out, which prints where it waits.
func awaitNoProcess(t *testing.T, store string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		left := processes(store)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("orphans are left a minute after the kill: %v", left)
		}
	}
}

// processes lists the process ids whose command line names the store.
func processes(store string) []int {
	entries, _ := os.ReadDir("/proc")
	var found []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		line, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err == nil && strings.Contains(string(line), store) && strings.HasPrefix(string(line), binary) {
			found = append(found, pid)
		}
	}
	return found
}

// values is a metric's steps and values without their times.
func values(t *testing.T, store, run, metric string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(mustRun(t, "points", run, metric, "--store", store)) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		b.WriteString(fields[0] + "=" + fields[2] + " ")
	}
	return b.String()
}
