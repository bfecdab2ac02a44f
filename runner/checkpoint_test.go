package runner

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// files are the steps of a run's checkpoints.
func files(t *testing.T, job Job) []int {
	t.Helper()
	paths, err := checkpointPaths(job.CheckpointDir)
	if err != nil {
		t.Fatal(err)
	}
	steps := make([]int, len(paths))
	for i, path := range paths {
		if _, err := fmt.Sscanf(filepath.Base(path), "step-%d.safetensors", &steps[i]); err != nil {
			t.Fatal(err)
		}
	}
	return steps
}

func TestCheckpointsKept(t *testing.T) {
	for _, test := range []struct {
		sets []string
		want []int
	}{
		{[]string{"train.checkpoint.every=1"}, []int{5, 6}},
		{[]string{"train.checkpoint.every=0"}, []int{6}},
		{[]string{"train.checkpoint.every=1", "train.checkpoint.keep=1"}, []int{6}},
	} {
		job, _ := tinyJob(t, test.sets...)
		mustRun(t, job)
		if d := cmp.Diff(test.want, files(t, job)); d != "" {
			t.Errorf("%v: checkpoints (-want +got):\n%s", test.sets, d)
		}
	}
}

// The best checkpoint is written where its metric is best, outlives the newest ones, and is known to them.
func TestBestCheckpoint(t *testing.T) {
	for name, compare := range map[string][]string{
		"least":    {"compare.metric=val/loss"},
		"greatest": {"compare.metric=val/loss", "compare.goal=maximize"},
		"measured": {"compare.metric=train/loss"}, // not by validations: val/loss stands in
	} {
		t.Run(name, func(t *testing.T) {
			sets := append(compare, "train.checkpoint.best=true", "train.checkpoint.every=0", "train.checkpoint.keep=1", "train.max_steps=12",
				"record.validation.every=1", "train.learning_rate=1", "record.attention.at=never")
			job, record := tinyJob(t, sets...)
			mustRun(t, job)
			want := best{1, record.logged[1]["val/loss"]}
			for step := 2; step <= 12; step++ {
				if value := record.logged[int64(step)]["val/loss"]; value != want.Value && (value < want.Value) == (name != "greatest") {
					want = best{step, value}
				}
			}
			last, _ := latest(t, job)
			if d := cmp.Diff(&want, last.history.Best); d != "" {
				t.Errorf("best (-want +got):\n%s", d)
			}
			if d := cmp.Diff(slices.Compact([]int{want.Step, 12}), files(t, job)); d != "" {
				t.Errorf("checkpoints (-want +got):\n%s", d)
			}
		})
	}
}

// truncate cuts the newest checkpoint in half, as a disk that failed might.
func truncate(t *testing.T, job Job) {
	t.Helper()
	paths, err := checkpointPaths(job.CheckpointDir)
	if err != nil {
		t.Fatal(err)
	}
	newest := paths[len(paths)-1]
	info, err := os.Stat(newest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(newest, info.Size()/2); err != nil {
		t.Fatal(err)
	}
}

// A damaged newest checkpoint is passed over, and does not pass for the newest of those that come later.
func TestDamagedCheckpoint(t *testing.T) {
	whole, _ := tinyJob(t)
	mustRun(t, whole)
	job, _ := tinyJob(t, "train.checkpoint.every=2")
	stopAfter(t, job, 5)
	truncate(t, job)
	resume, _ := latest(t, job)
	if resume.Step != 4 {
		t.Fatalf("resumes from step %d, want 4", resume.Step)
	}
	job.Resume, job.Attempt = resume, 2
	job.Spec.Train.Checkpoint.Keep = 1
	stopAfter(t, job, 5)
	if d := cmp.Diff([]int{5}, files(t, job)); d != "" {
		t.Errorf("checkpoints (-want +got):\n%s", d)
	}
	job.Resume, _ = latest(t, job)
	mustRun(t, job)
	_, want := latest(t, whole)
	_, got := latest(t, job)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("weights differ (-whole +resumed):\n%s", d)
	}
}

// A restart leaves nothing of the past that it gives up.
func TestRestartDropsCheckpoints(t *testing.T) {
	job, _ := tinyJob(t)
	mustRun(t, job)
	if err := os.WriteFile(filepath.Join(job.CheckpointDir, ".step-00000005.safetensors.tmp"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	job.Recorder, job.Attempt = &memory{}, 2
	stopAfter(t, job, 2)
	if d := cmp.Diff([]int{2}, files(t, job)); d != "" {
		t.Errorf("checkpoints (-want +got):\n%s", d)
	}
	if entries, err := os.ReadDir(job.CheckpointDir); err != nil || len(entries) != 1 {
		t.Errorf("the folder has %v, %v, want the checkpoint alone", entries, err)
	}
}

// A checkpoint that cannot be written ends the run with the reason and leaves the one before.
func TestCheckpointFails(t *testing.T) {
	job, _ := tinyJob(t)
	blocked := filepath.Join(job.CheckpointDir, ".step-00000006.safetensors.tmp")
	a, err := prepare(job)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(blocked, 0o700); err != nil {
		t.Fatal(err)
	}
	err = a.train(context.Background())
	if err == nil || !strings.Contains(err.Error(), "checkpoint at step 6: write weights") {
		t.Errorf("train = %v, want the checkpoint that failed", err)
	}
	if c, _ := latest(t, job); c.Step != 3 {
		t.Errorf("the newest checkpoint is of step %d, want 3", c.Step)
	}
}
