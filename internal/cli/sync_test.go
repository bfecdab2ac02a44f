package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"inkstone/server"
	"inkstone/tracker"
	"inkstone/tracker/remote"
)

// leftBehind records a run of ten points to a server that is gone by then, and returns the journal and the server's store.
func leftBehind(t *testing.T) (journal, storeDir, run string) {
	t.Helper()
	journal, storeDir = filepath.Join(t.TempDir(), "sync", "trainer"), filepath.Join(t.TempDir(), "store")
	store, err := tracker.Open(storeDir, tracker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.New(server.Config{Store: store}).Serve(ctx, listener) }()
	client, err := remote.Open(remote.Config{URL: "http://" + listener.Addr().String(), Dir: journal})
	if err != nil {
		t.Fatal(err)
	}
	created, err := client.CreateRun(t.Context(), tracker.NewRun{Experiment: "e", Variant: "baseline", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	a, err := client.BeginAttempt(t.Context(), created.ID, tracker.AttemptInfo{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	for i := range int64(10) {
		samples := []tracker.Sample{{Metric: "loss", Step: i, Value: float64(i)}}
		if err := client.Append(t.Context(), tracker.Batch{Run: created.ID, Attempt: 1, Sequence: i + 1, Samples: samples}); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.End(t.Context(), tracker.Finished, ""); err != nil {
		t.Fatal(err)
	}
	if err := client.Close(ctx); !errors.Is(err, remote.ErrPending) {
		t.Fatalf("got %v, want ErrPending", err)
	}
	return journal, storeDir, created.ID
}

func TestSyncSendsWhatWasLeftBehind(t *testing.T) {
	journal, storeDir, run := leftBehind(t)
	folder := filepath.Dir(journal)
	if out := mustRun(t, "sync", folder, "--dry-run"); !strings.Contains(out, journal+" -> http://127.0.0.1:") || !strings.Contains(out, "11 frames (") || strings.Contains(out, "sent") {
		t.Errorf("dry run:\n%s", out)
	}
	r := inkstone(t, "sync", folder, "--patience", "1ms", "--json")
	var report struct {
		Pending  int
		Journals []struct {
			Frames, Sent int
			Error        string
		}
	}
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil || r.status != 1 || report.Pending != 11 || len(report.Journals) != 1 || report.Journals[0].Error == "" {
		t.Errorf("without a server: status %d, %v\n%s%s", r.status, err, r.stdout, r.stderr)
	}

	store, err := tracker.Open(storeDir, tracker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	url := serveStore(t, store)
	if out := mustRun(t, "sync", folder, "--server", url); !strings.Contains(out, "11 frames sent, nothing is pending") {
		t.Errorf("got\n%s", out)
	}
	points, err := store.Points(t.Context(), run, tracker.Series{Metric: "loss"})
	if found, _ := store.Run(t.Context(), run); err != nil || len(points) != 10 || found.Status != tracker.Finished {
		t.Errorf("%d points, %s, %v", len(points), found.Status, err)
	}
	if out := mustRun(t, "sync", folder, "--json"); !strings.Contains(out, `"pending": 0`) {
		t.Errorf("a second time:\n%s", out)
	}
}

func serveStore(t *testing.T, store *tracker.Store) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: server.New(server.Config{Store: store}).Handler()}
	t.Cleanup(func() { s.Close() })
	go func() { _ = s.Serve(listener) }()
	return "http://" + listener.Addr().String()
}

func TestSyncStopsAtCtrlC(t *testing.T) {
	journal, _, _ := leftBehind(t)
	c := exec.Command(binary, "sync", journal, "--patience", "1h")
	var stdout bytes.Buffer
	c.Stdout = &stdout
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stderr).ReadString('\n'); err != nil || !strings.HasPrefix(line, "sending ") {
		t.Errorf("got %q, %v", line, err)
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if c.ProcessState.ExitCode() != 130 || !strings.Contains(stdout.String(), "11 frames (") {
		t.Errorf("exit status %d\n%s", c.ProcessState.ExitCode(), stdout.String())
	}
}

func TestSyncExplainsWhatIsMissing(t *testing.T) {
	for _, args := range [][]string{{filepath.Join(t.TempDir(), "none")}, {"--store", filepath.Join(t.TempDir(), "none")}, {"a", "b"}} {
		if r := inkstone(t, append([]string{"sync"}, args...)...); r.status != 2 || r.stderr == "" {
			t.Errorf("%v: status %d\n%s%s", args, r.status, r.stdout, r.stderr)
		}
	}
	if out := mustRun(t, "sync", t.TempDir()); !strings.Contains(out, "no journals in") {
		t.Errorf("an empty folder:\n%s", out)
	}
}
