package tracker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestACopyHoldsEverything(t *testing.T) {
	s, run := full(t)
	for name, text := range map[string]string{"attempt-1.log": "hello\n", "checkpoints/step-00000001.safetensors": "weights", "lock": "1"} {
		if err := os.WriteFile(filepath.Join(s.RunDir(run), name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := s.Check(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "new", "copy [1]")
	report, err := s.Copy(t.Context(), folder)
	if diff := cmp.Diff(want, report); err != nil || diff != "" {
		t.Fatalf("%v (-store +copy)\n%s", err, diff)
	}
	c, err := Open(folder, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if diff := cmp.Diff(values(t, s, run, "loss"), values(t, c, run, "loss"), sameBits); diff != "" {
		t.Errorf("the points differ:\n%s", diff)
	}
	if text, err := os.ReadFile(c.LogPath(run, 1)); err != nil || string(text) != "hello\n" {
		t.Errorf("the log: %q, %v", text, err)
	}
	if c.RunLocked(run) {
		t.Error("the copy's run is locked")
	}
	if _, err := s.Copy(t.Context(), folder); !errors.Is(err, ErrConflict) {
		t.Errorf("over another: %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(folder), ".*"))
	if len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// TestACopyWhileOthersWrite copies again and again under a writer; each copy is sound and holds what was acknowledged before.
func TestACopyWhileOthersWrite(t *testing.T) {
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	stop := make(chan struct{})
	var mu sync.Mutex
	var acknowledged int64
	var writer sync.WaitGroup
	writer.Go(func() {
		for sequence := int64(1); ; sequence++ {
			select {
			case <-stop:
				return
			default:
			}
			put(t, s, a, sequence, at("loss", sequence, float64(sequence)))
			mu.Lock()
			acknowledged = sequence
			mu.Unlock()
			if sequence%50 == 0 {
				foldAll(t, s)
			}
		}
	})
	for i := range 4 {
		mu.Lock()
		before := acknowledged
		mu.Unlock()
		folder := filepath.Join(t.TempDir(), fmt.Sprint("copy", i))
		report, err := s.Copy(t.Context(), folder)
		if err != nil || len(report.Findings) > 0 || report.Points < before {
			t.Errorf("copy %d: %v, %d points of at least %d, findings %+v", i, err, report.Points, before, report.Findings)
		}
	}
	close(stop)
	writer.Wait()
}

func TestACopyOfADamagedStoreSaysSo(t *testing.T) {
	s, _ := full(t)
	if _, err := s.write.Exec("UPDATE journal SET payload = x'00' WHERE sequence = 3"); err != nil {
		t.Fatal(err)
	}
	report, err := s.Copy(t.Context(), filepath.Join(t.TempDir(), "copy"))
	if err != nil || len(report.Findings) == 0 {
		t.Errorf("%v, %+v", err, report.Findings)
	}
}
