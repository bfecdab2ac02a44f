package tracker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newStore opens a store in a temporary folder.
func newStore(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "store"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// addRun creates a planned run.
func addRun(t testing.TB, s *Store, experiment, variant string, seed int64, digest string) Run {
	t.Helper()
	r, err := s.CreateRun(context.Background(), NewRun{
		Experiment: experiment, Variant: variant, Seed: seed, Digest: digest, RecordDigest: "record", DataDigest: "data",
		TokenizerDigest: "tokenizer", Spec: []byte(`{"spec":1}`), Parameters: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// begin starts an attempt of a run; the test ends it, or the test's end does.
func begin(t testing.TB, s *Store, run string, resume *Resume) *Attempting {
	t.Helper()
	a, err := s.BeginAttempt(context.Background(), run, AttemptInfo{Host: "here", Backend: "go", Threads: 1}, resume)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.release)
	return a
}

// put appends samples as the attempt's batch of that sequence.
func put(t testing.TB, s *Store, a *Attempting, sequence int64, samples ...Sample) {
	t.Helper()
	if err := s.Append(context.Background(), Batch{Run: a.run, Attempt: a.number, Sequence: sequence, Samples: samples}); err != nil {
		t.Fatal(err)
	}
}

// at is a sample with a time that follows from its step.
func at(metric string, step int64, value float64) Sample {
	return Sample{Metric: metric, Step: step, Time: time.UnixMicro(1_700_000_000_000_000 + step).UTC(), Value: value}
}

// values reads a series' values.
func values(t testing.TB, s *Store, run, metric string) []float64 {
	t.Helper()
	points, err := s.Points(context.Background(), run, Series{Metric: metric})
	if err != nil {
		t.Fatal(err)
	}
	list := []float64{}
	for _, p := range points {
		list = append(list, float64(p.Value))
	}
	return list
}

func TestOpenSurvivesOddFolderNames(t *testing.T) {
	for _, name := range []string{"with space", "a?b#c%41", "实验", "semi;colon&amp"} {
		dir := filepath.Join(t.TempDir(), name)
		s, err := Open(dir, Options{})
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, databaseName)); err != nil {
			t.Errorf("%q: the database lies elsewhere: %v", name, err)
		}
		s.Close()
	}
}

func TestOpenRefuses(t *testing.T) {
	newer := newStore(t, Options{})
	if _, err := newer.write.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, databaseName), []byte(strings.Repeat("no database ", 100)), 0o644); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dir  string
		o    Options
		want string
	}{
		"a newer store":             {newer.dir, Options{}, "written by a newer inkstone (schema 99, this one knows 4)"},
		"a newer store for reading": {newer.dir, Options{ReadOnly: true}, "written by a newer inkstone"},
		"nothing for reading":       {filepath.Join(t.TempDir(), "none"), Options{ReadOnly: true}, "no store is there"},
		"another kind of file":      {foreign, Options{}, "not a database"},
		"a file for a folder":       {file, Options{}, "not a directory"},
	} {
		s, err := Open(c.dir, c.o)
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestAReaderWritesNothing(t *testing.T) {
	s := newStore(t, Options{})
	run := addRun(t, s, "e", "baseline", 1, "d")
	reader, err := Open(s.dir, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := reader.SetDesired(t.Context(), Scope{Run: run.ID}, "stop"); !errors.Is(err, ErrInvalid) {
		t.Errorf("got %v, want ErrInvalid", err)
	}
	if got, err := reader.Run(t.Context(), run.ID); err != nil || got.Variant != "baseline" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAFullDiskIsNamedAndLosesNothing(t *testing.T) {
	s := newStore(t, Options{})
	a := begin(t, s, addRun(t, s, "e", "baseline", 1, "d").ID, nil)
	put(t, s, a, 1, at("loss", 1, 1))
	if _, err := s.write.Exec("PRAGMA max_page_count = 60"); err != nil {
		t.Fatal(err)
	}
	acknowledged := []float64{1}
	var failure error
	for sequence := int64(2); sequence < 1000 && failure == nil; sequence++ {
		batch := Batch{Run: a.run, Attempt: a.number, Sequence: sequence}
		for i := range int64(200) {
			batch.Samples = append(batch.Samples, at("loss", sequence*1000+i, float64(i)))
		}
		if failure = s.Append(t.Context(), batch); failure == nil {
			for i := range 200 {
				acknowledged = append(acknowledged, float64(i))
			}
		}
	}
	if !errors.Is(failure, ErrStoreFull) || !strings.Contains(failure.Error(), "free some and run the same command again") {
		t.Fatalf("got %v, want ErrStoreFull with a remedy", failure)
	}
	if got := values(t, s, a.run, "loss"); len(got) != len(acknowledged) {
		t.Errorf("%d points were acknowledged, %d are there", len(acknowledged), len(got))
	}
}

// foldAll does the owner's work at once, whatever its thresholds.
func foldAll(t testing.TB, s *Store) {
	t.Helper()
	ctx := context.Background()
	floor, err := s.Version(ctx)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := collect(ctx, s.read, scanText, "SELECT DISTINCT run FROM journal WHERE kind = 'points'")
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range runs {
		if err := s.foldRun(ctx, run, floor); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.maintain(ctx, floor); err != nil {
		t.Fatal(err)
	}
}
