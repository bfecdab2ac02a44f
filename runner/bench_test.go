package runner

import (
	"testing"
	"time"

	"inkstone/experiments"
	"inkstone/runner/backend"
	"inkstone/runner/data"
)

// BenchmarkTrain trains the baseline of go-source.yaml for a few steps on each backend that works here, with all cores: the
// rate of the steps, and the time from the start to the first of them.
func BenchmarkTrain(b *testing.B) {
	for _, candidate := range backend.List(b.Context(), backend.Options{}) {
		if candidate.Available {
			b.Run(string(candidate.Name), func(b *testing.B) { benchmarkTrain(b, candidate) })
		}
	}
}

func benchmarkTrain(b *testing.B, candidate backend.Candidate) {
	steps := map[backend.Name]string{backend.Go: "10"}[candidate.Name]
	if steps == "" {
		steps = "100"
	}
	document, err := experiments.Load("../experiments/library/go-source.yaml",
		[]string{"train.max_steps=" + steps, "record.validation.every=1000", "record.attention.at=end"}, nil)
	if err != nil {
		b.Fatal(err)
	}
	prepared, err := data.Prepare(b.Context(), document.Spec, b.TempDir(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer prepared.Close()
	opened, err := backend.Open(candidate)
	if err != nil {
		b.Fatal(err)
	}
	defer opened.Close()
	var rate float64
	var first time.Duration
	for b.Loop() {
		began := time.Now()
		job := Job{Spec: document.Spec, Seed: 1, Prepared: prepared, Backend: opened, Recorder: &memory{}, CheckpointDir: b.TempDir(), Attempt: 1}
		job.Progress = func(p Progress) {
			if p.Step == 1 && first == 0 {
				first = time.Since(began)
			}
			rate = max(rate, p.TokensPerSecond)
		}
		if _, err := Run(b.Context(), job); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rate, "tokens/s")
	b.ReportMetric(first.Seconds(), "s-to-step-1")
	b.ReportMetric(float64(opened.Threads), "threads")
}
