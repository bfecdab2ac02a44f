package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// long runs the tiny experiment, two trials of which are long enough to be met while they train.
func long(store string, more ...string) []string {
	return append([]string{"run", tiny, "--addr", "off", "--store", store, "--set", "train.max_steps=3000", "--set", "train.checkpoint.every=200", "--set", "seeds=1"}, more...)
}

// command is a started command and what it has written so far.
type command struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
}

func start(t *testing.T, args ...string) *command {
	t.Helper()
	c := &command{Cmd: exec.Command(binary, args...)}
	c.Env = append(os.Environ(), "NO_COLOR=1")
	c.Stdout, c.Stderr = &c.stdout, &c.stderr
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) })
	return c
}

// awaitTraining waits until n attempts have recorded points, and returns their runs.
func awaitTraining(t *testing.T, store string, n int) (ids []string) {
	t.Helper()
	for ; len(ids) < n; time.Sleep(20 * time.Millisecond) {
		var runs []struct {
			ID, Status string
			Metrics    map[string]any
		}
		if r := inkstone(t, "runs", "--json", "--store", store); r.status != 0 || json.Unmarshal([]byte(r.stdout), &runs) != nil {
			continue // the store is not there yet
		}
		ids = nil
		for _, r := range runs {
			if r.Status == "running" && r.Metrics["train/loss"] != nil {
				ids = append(ids, r.ID)
			}
		}
	}
	return ids
}

func TestCtrlCStopsAndTheSameCommandGoesOn(t *testing.T) {
	reference, store := filepath.Join(t.TempDir(), "reference"), filepath.Join(t.TempDir(), "[odd] name")
	args := long(store)
	c := start(t, args...)
	awaitTraining(t, store, 2)
	began := time.Now()
	if err := syscall.Kill(-c.Process.Pid, syscall.SIGINT); err != nil { // as a terminal does: the whole group
		t.Fatal(err)
	}
	_ = c.Wait()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the stop took %v", took)
	}
	if c.ProcessState.ExitCode() != 130 || !strings.Contains(c.stderr.String(), "the same command goes on from here") {
		t.Errorf("exit status %d, standard error:\n%s", c.ProcessState.ExitCode(), c.stderr.String())
	}
	awaitNoProcess(t, store)
	if status := inkstone(t, "runs", "--store", store).stdout; !strings.Contains(status, "stopped") || strings.Contains(status, "lost") {
		t.Errorf("the runs after the stop:\n%s", status)
	}
	mustRun(t, args...)
	if log := mustRun(t, "show", "tiny/baseline/1", "--store", store); !strings.Contains(log, "attempt 2") {
		t.Errorf("the run was not resumed:\n%s", log)
	}
	mustRun(t, long(reference)...)
	if diff := cmp.Diff(tableWithoutIDs(t, reference), tableWithoutIDs(t, store)); diff != "" {
		t.Errorf("the table differs (-undisturbed +stopped):\n%s", diff)
	}
}

func TestADeadTrialDoesNotStopTheOthers(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store")
	args := long(store)
	c := start(t, args...)
	victim := awaitTraining(t, store, 1)[0]
	for _, pid := range processes(store) {
		if line, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline")); strings.Contains(string(line), "attempt\x00"+victim) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	_ = c.Wait()
	if c.ProcessState.ExitCode() != 1 || !strings.Contains(c.stderr.String(), "1 trial failed; `inkstone runs` lists them") {
		t.Errorf("exit status %d, standard error:\n%s", c.ProcessState.ExitCode(), c.stderr.String())
	}
	if !strings.Contains(c.stdout.String(), "1 failed") {
		t.Errorf("the table does not say what failed:\n%s", c.stdout.String())
	}
	if show := mustRun(t, "show", victim, "--store", store); !strings.Contains(show, "signal: killed") {
		t.Errorf("the run does not say why:\n%s", show)
	}
	var runs []struct{ ID, Status string }
	if err := json.Unmarshal([]byte(mustRun(t, "runs", "--json", "--store", store)), &runs); err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		if want := map[bool]string{true: "failed", false: "finished"}[r.ID == victim]; r.Status != want {
			t.Errorf("run %s is %s, want %s", r.ID, r.Status, want)
		}
	}
	mustRun(t, args...) // completes what failed
}

func TestAResumeOnOtherCoresIsRefused(t *testing.T) {
	taskset, err := exec.LookPath("taskset")
	if err != nil {
		t.Skip("there is no taskset")
	}
	if out, _ := exec.Command("nproc").Output(); strings.TrimSpace(string(out)) == "1" {
		t.Skip("there is one core alone")
	}
	store := filepath.Join(t.TempDir(), "store")
	args := long(store, "--slots", "1")
	c := start(t, args...)
	victim := awaitTraining(t, store, 1)[0]
	_ = syscall.Kill(c.Process.Pid, syscall.SIGINT)
	_ = c.Wait()
	awaitNoProcess(t, store)

	one := exec.Command(taskset, append([]string{"-c", "0", binary}, args...)...)
	out, _ := one.CombinedOutput()
	log := mustRun(t, "log", victim, "--store", store)
	if one.ProcessState.ExitCode() != 1 || !strings.Contains(log, "cannot be resumed here") || !strings.Contains(log, "--restart") {
		t.Errorf("exit status %d\n%s\nlog:\n%s", one.ProcessState.ExitCode(), out, log)
	}
	mustRun(t, args...) // on the same cores it goes on
}
