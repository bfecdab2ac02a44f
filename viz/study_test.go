package viz

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"inkstone/tracker"
)

// study is an experiment to be put into a store. A trial without a value at its first step is only planned.
type study struct {
	variants []string
	seeds    int
	steps    int64 // of the last point
	every    int64
	// value of a variant's trial at a step; recorded is false for what is not.
	value func(variant int, seed, step int64) (value float64, recorded bool)
	// status of a trial with points; nil for all finished.
	status func(variant int, seed int64) tracker.Status
	key    func(variant int) string
}

const (
	loss = "validation/loss"
	unit = "nats per token"
)

// fill records a study as a trainer would, into a store of its own.
func fill(t testing.TB, st study) *tracker.Store {
	t.Helper()
	clock := func() time.Time { return time.Unix(1700000000, 0) }
	s, err := tracker.Open(t.TempDir(), tracker.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	plan := tracker.Plan{Name: "study", Spec: []byte("{}"), Compare: tracker.Compare{Metric: loss, Goal: "minimize", Baseline: st.variants[0]}}
	for _, name := range st.variants {
		plan.Variants = append(plan.Variants, tracker.Variant{Name: name, Spec: []byte("{}")})
	}
	for seed := int64(1); seed <= int64(st.seeds); seed++ {
		plan.Seeds = append(plan.Seeds, seed)
		for _, name := range st.variants {
			plan.Trials = append(plan.Trials, tracker.Trial{Variant: name, Seed: seed, Digest: fmt.Sprint(name, "-", seed), RecordDigest: "record"})
		}
	}
	check(t, s.SavePlan(context.Background(), plan))
	for variant := range st.variants {
		for seed := int64(1); seed <= int64(st.seeds); seed++ {
			st.record(t, s, variant, seed)
		}
	}
	return s
}

func (st study) record(t testing.TB, s *tracker.Store, variant int, seed int64) {
	t.Helper()
	var samples []tracker.Sample
	for step := int64(0); step <= st.steps; step += st.every {
		if v, recorded := st.value(variant, seed, step); recorded {
			samples = append(samples, tracker.Sample{Metric: loss, Step: step, Time: time.Unix(1700000000+step, 0), Value: v})
		}
	}
	if len(samples) == 0 {
		return
	}
	ctx := context.Background()
	name := st.variants[variant]
	run, err := s.CreateRun(ctx, tracker.NewRun{Experiment: "study", Variant: name, Seed: seed, Digest: fmt.Sprint(name, "-", seed), RecordDigest: "record", Spec: []byte("{}")})
	check(t, err)
	attempt, err := s.BeginAttempt(ctx, run.ID, tracker.AttemptInfo{}, nil)
	check(t, err)
	key := "causal/bytes/128"
	if st.key != nil {
		key = st.key(variant)
	}
	check(t, s.DeclareMetrics(ctx, run.ID, []tracker.MetricInfo{{Name: loss, Unit: unit, Key: key}}))
	check(t, attempt.Sink().Append(ctx, tracker.Batch{Run: run.ID, Attempt: attempt.Number(), Sequence: 1, Samples: samples}))
	status := tracker.Finished
	if st.status != nil {
		status = st.status(variant, seed)
	}
	if status != tracker.Running {
		check(t, attempt.End(ctx, status, ""))
		return
	}
	t.Cleanup(func() { _ = attempt.End(ctx, tracker.Stopped, "") })
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// decay is a loss as trainings have it: a fall, a variant's floor, a seed's offset, and noise.
func decay(variant int, seed, step int64) float64 {
	r := rand.New(rand.NewPCG(uint64(variant*100)+uint64(seed), uint64(step)))
	offset := 0.02 * rand.New(rand.NewPCG(uint64(seed), 7)).NormFloat64()
	own := 0.012 * rand.New(rand.NewPCG(uint64(variant), uint64(seed))).NormFloat64()
	x := float64(step) / 120
	floor := 1.55 + 0.06*float64(variant)
	return floor + offset + own + (4.1-floor)/(1+x+0.25*x*x) + 0.01*r.NormFloat64()
}

// ablations is a study of four variants with five seeds.
func ablations() study {
	return study{
		variants: []string{"baseline", "no 2-D positions", "post-norm", "learning_rate=1e-4"}, seeds: 5, steps: 1000, every: 20,
		value: func(variant int, seed, step int64) (float64, bool) { return decay(variant, seed, step), true },
	}
}

// unfinished is a study on its way: a seed still runs, one failed with NaN, one stopped at infinity, one has not begun.
func unfinished() study {
	st := ablations()
	st.value = func(variant int, seed, step int64) (float64, bool) {
		v := decay(variant, seed, step)
		switch {
		case variant == 1 && seed == 5:
			return v, step <= 600
		case variant == 2 && seed == 4 && step >= 700:
			return math.NaN(), step <= 900
		case variant == 2 && seed == 5 && step == 300:
			return math.Inf(1), true
		case variant == 0 && seed == 2 && step == 500:
			return math.Inf(-1), true
		case variant == 3 && seed > 2:
			return v, false
		}
		return v, true
	}
	st.status = func(variant int, seed int64) tracker.Status {
		switch {
		case variant == 1 && seed == 5:
			return tracker.Running
		case variant == 2 && seed == 4:
			return tracker.Failed
		}
		return tracker.Finished
	}
	return st
}

// many is a study of more variants than colours tell apart.
func many(variants, seeds int, steps int64) study {
	st := study{seeds: seeds, steps: steps - 1, every: 1, value: func(variant int, seed, step int64) (float64, bool) {
		return decay(0, seed, step) + 0.02*float64(variant), true
	}}
	for i := range variants {
		st.variants = append(st.variants, fmt.Sprintf("warmup_ratio=%.2f", 0.01*float64(i)))
	}
	st.variants[0] = "baseline"
	return st
}

// head is an attention map as causal models have them: a diagonal, a first token that takes the rest, some repeats.
func head(tokens []string) (tracker.CaptureInfo, []float32) {
	n := len(tokens)
	info := tracker.CaptureInfo{ID: 1, Name: "attention", Context: "prompt-0", Step: 1000, Layers: 4, Heads: 4, Queries: n, Keys: n, Tokens: tokens}
	values := make([]float32, n*n)
	for q := range n {
		sum := 0.0
		weights := make([]float64, q+1)
		for k := range weights {
			r := rand.New(rand.NewPCG(uint64(q), uint64(k)))
			weights[k] = math.Exp(-0.5*float64(q-k)+r.NormFloat64()) + 0.02
			if k == 0 {
				weights[k] += 0.6
			}
			if tokens[k] == tokens[q] && k < q {
				weights[k] += 2
			}
			sum += weights[k]
		}
		for k, w := range weights {
			values[q*n+k] = float32(w / sum)
		}
	}
	return info, values
}

func draw20(t testing.TB) *Figure {
	t.Helper()
	info, values := head([]string{"[CLS]", "人", "工", "智", "能", " is", " the", " study", " of", "机", "器", " that", " learn", ",", " and", " the", "学", "习", ".", "\n"})
	f, err := AttentionMap(info, 2, 3, values)
	check(t, err)
	return f
}

func bytesOf(t testing.TB, f *Figure, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	check(t, f.Write(&b, format))
	return b.Bytes()
}

func curvesOf(ctx context.Context, s *tracker.Store, experiment, metric string) (*Figure, error) {
	return Request{Kind: "curves", Experiment: experiment, Metric: metric}.Draw(ctx, s)
}

func differencesOf(ctx context.Context, s *tracker.Store, experiment, metric string) (*Figure, error) {
	return Request{Kind: "difference", Experiment: experiment, Metric: metric}.Draw(ctx, s)
}

func runOf(ctx context.Context, s *tracker.Store, run tracker.Run, metric string) (*Figure, error) {
	return Request{Kind: "curve", Runs: []string{run.ID}, Metric: metric}.Draw(ctx, s)
}
