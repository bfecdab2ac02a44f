package cli_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"inkstone/server"
	"inkstone/tracker"
)

// A page of another process stops an experiment: what trains ends, what is planned is not begun, and the same command goes on.
func TestAStopFromAPage(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "store")
	args := long(folder, "--slots", "1")
	c := start(t, args...)
	awaitTraining(t, folder, 1)
	store, err := tracker.Open(folder, tracker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	dashboard := httptest.NewServer(server.New(server.Config{Store: store}).Handler())
	t.Cleanup(dashboard.Close)
	answer, err := http.Post(dashboard.URL+"/experiments/tiny/stop", "application/x-www-form-urlencoded", nil)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", answer, err)
	}
	_ = answer.Body.Close()
	_ = c.Wait()
	if out := c.stderr.String(); c.ProcessState.ExitCode() != 1 || !strings.Contains(out, "not begun") || !strings.Contains(out, "2 trials stopped; the same command goes on") {
		t.Errorf("exit status %d, standard error:\n%s", c.ProcessState.ExitCode(), out)
	}
	counts := map[string]int{}
	var runs []struct{ Status string }
	if err := json.Unmarshal([]byte(mustRun(t, "runs", "--json", "--store", folder)), &runs); err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		counts[r.Status]++
	}
	if counts["stopped"] != 1 || counts["planned"] != 1 {
		t.Errorf("got %v, want one that was stopped and one that was not begun", counts)
	}
	again := start(t, args...)
	awaitTraining(t, folder, 1)
	_ = syscall.Kill(-again.Process.Pid, syscall.SIGINT)
	_ = again.Wait()
	if desired, err := store.Desired(t.Context(), tracker.Scope{Experiment: "tiny"}); err != nil || desired != "run" {
		t.Errorf("after the same command the store wants %q, %v", desired, err)
	}
}
