package cli

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"inkstone/tracker"
)

// keptBatches is a sink that keeps what it is given.
type keptBatches struct {
	mu      sync.Mutex
	samples []tracker.Sample
}

func (k *keptBatches) Append(_ context.Context, b tracker.Batch) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.samples = append(k.samples, b.Samples...)
	return nil
}

func TestTheMachineIsRecorded(t *testing.T) {
	tools := t.TempDir() // a GPU that tells half of what it is asked
	script := "#!/bin/sh\necho '0, 87, 1024, 250.5'\necho '1, [N/A], 2048, [N/A]'\n"
	if err := os.WriteFile(filepath.Join(tools, "nvidia-smi"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", tools+":"+os.Getenv("PATH"))
	sink := &keptBatches{}
	r := tracker.NewRecorder(sink, "run", 1, tracker.RecorderOptions{})
	s := newSampler(r)
	s.step.Store(7)
	s.sample(t.Context())
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, x := range sink.samples {
		if x.Step != 7 {
			t.Errorf("%s stands at step %d", x.Metric, x.Step)
		}
		got[x.Metric+"@"+x.Context] = x.Value
	}
	for name, want := range map[string]float64{
		"system/gpu_utilization@gpu-0": 87, "system/gpu_memory@gpu-0": 1 << 30, "system/gpu_power@gpu-0": 250.5, "system/gpu_memory@gpu-1": 2 << 30,
	} {
		if got[name] != want {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
	if _, ok := got["system/gpu_power@gpu-1"]; ok {
		t.Error("what the GPU does not tell is recorded")
	}
	if got["system/process_memory@"] < 1<<20 || got["system/memory@"] <= 0 || got["system/memory@"] > 100 {
		t.Errorf("memory: %v", got)
	}
	declared := map[string]bool{}
	for _, m := range systemMetrics() {
		declared[m.Name] = m.WallTime
	}
	for _, x := range sink.samples {
		if !declared[x.Metric] {
			t.Errorf("%s is not declared as one of wall time", x.Metric)
		}
	}
}
