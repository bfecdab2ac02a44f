package tracker_test

import (
	"path/filepath"
	"testing"

	"inkstone/tracker"
	"inkstone/tracker/sinktest"
)

func TestSinkContract(t *testing.T) {
	sinktest.Test(t, func(t *testing.T) sinktest.Subject {
		dir := filepath.Join(t.TempDir(), "store")
		store, err := tracker.Open(dir, tracker.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { store.Close() })
		reader, err := tracker.Open(dir, tracker.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { reader.Close() })
		begin := func() (string, int) {
			t.Helper()
			run, err := store.CreateRun(t.Context(), tracker.NewRun{Experiment: "e", Variant: "baseline"})
			if err != nil {
				t.Fatal(err)
			}
			a, err := store.BeginAttempt(t.Context(), run.ID, tracker.AttemptInfo{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(a.Leave)
			return run.ID, a.Number()
		}
		return sinktest.Subject{Sink: store, Begin: begin, Settle: func() {}, Store: reader, Close: store.Close}
	})
}
