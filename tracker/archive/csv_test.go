package archive_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"inkstone/tracker"
	"inkstone/tracker/archive"
)

func TestCSVHasEveryPointThatCounts(t *testing.T) {
	s := openStore(t)
	everything(t, s)
	folder := filepath.Join(t.TempDir(), "csv")
	counts, err := archive.CSV(t.Context(), s, folder, archive.Options{})
	must(t, err)
	runs, err := s.Runs(t.Context(), tracker.RunFilter{})
	must(t, err)
	if counts.Runs != len(runs) || counts.Points < 40_000 {
		t.Errorf("%+v", counts)
	}
	for _, r := range runs[:3] {
		for name, series := range map[string]tracker.Series{"loss.csv": {Metric: "loss"}, "loss@rank-1.csv": {Metric: "loss", Context: "rank-1"}, "损失_val.csv": {Metric: "损失/val"}} {
			text, err := os.ReadFile(filepath.Join(folder, r.ID, name))
			must(t, err)
			points, err := s.Points(t.Context(), r.ID, series)
			must(t, err)
			if n := strings.Count(string(text), "\n"); n != len(points)+1 {
				t.Errorf("%s of run %s: %d lines for %d points", name, r.ID, n, len(points))
			}
		}
	}
}

func TestSeriesGetFilesOfTheirOwn(t *testing.T) {
	s := openStore(t)
	run := create(t, s, tracker.NewRun{})
	a := begin(t, s, run, nil)
	names := []string{"../../loss", "Loss/x", "loss_x", "metrics", strings.Repeat("long", 1000), "a.b"}
	batch := tracker.Batch{Run: run, Attempt: 1, Sequence: 1}
	for i, name := range names {
		batch.Samples = append(batch.Samples, tracker.Sample{Metric: name, Step: int64(i), Time: time.UnixMicro(1), Value: 1.5})
	}
	must(t, s.Append(t.Context(), batch))
	must(t, a.End(t.Context(), tracker.Finished, ""))
	folder := filepath.Join(t.TempDir(), "csv")
	_, err := archive.CSV(t.Context(), s, folder, archive.Options{Runs: []string{run}})
	must(t, err)
	entries, err := os.ReadDir(filepath.Join(folder, run))
	must(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	want := []string{"Loss_x.csv", "______loss.csv", "a_b.csv", strings.Repeat("long", 25) + ".csv", "loss_x-2.csv", "metrics-2.csv", "metrics.csv"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	text, err := os.ReadFile(filepath.Join(folder, run, "a_b.csv"))
	if string(text) != "step,time,value\n5,1970-01-01T00:00:00.000001Z,1.5\n" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}
