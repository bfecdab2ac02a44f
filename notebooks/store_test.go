package notebooks

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"inkstone/tracker"
)

// study is an experiment to be put into a store: per variant its values by seed.
type study struct {
	question string
	metric   string // "val/loss" unless set
	unit     string
	goal     string // "minimize" unless set
	also     []string
	seeds    []int64
	variants []setting
}

// setting is one variant. The value at i belongs to seed i; a trial without a value or an outcome is only planned.
type setting struct {
	name, changes string
	params        int64
	values        []float64
	also          map[string][]float64
	outcome       map[int64]outcome // by seed, where a run did not simply finish
	excluded      map[int64]string  // by seed: why the run is left out
	backend       string
	backendOf     map[int64]string
	key           string
}

// outcome of a run that did not finish well.
type outcome struct {
	status tracker.Status
	err    string
	silent bool // finished without recording the metric
}

// fill records a study as a trainer would, into a store of its own.
func fill(t testing.TB, st study) *tracker.Store {
	t.Helper()
	ctx := context.Background()
	s, err := tracker.Open(t.TempDir(), tracker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if st.metric == "" {
		st.metric, st.goal = "val/loss", "minimize"
	}
	plan := tracker.Plan{Name: "study", Question: st.question, Seeds: st.seeds, Spec: []byte("{}"),
		Compare: tracker.Compare{Metric: st.metric, Goal: st.goal, Baseline: "baseline", Also: st.also}}
	for _, a := range st.variants {
		plan.Variants = append(plan.Variants, tracker.Variant{Name: a.name, Changes: a.changes, Parameters: a.params, Spec: []byte("{}")})
		for _, seed := range st.seeds {
			plan.Trials = append(plan.Trials, tracker.Trial{Variant: a.name, Seed: seed, Digest: digest(a.name, seed), RecordDigest: "record"})
		}
	}
	if err := s.SavePlan(ctx, plan); err != nil {
		t.Fatal(err)
	}
	for _, a := range st.variants {
		for i, seed := range st.seeds {
			a.record(t, s, st, i, seed)
		}
	}
	return s
}

func digest(variant string, seed int64) string { return fmt.Sprintf("%s-%d", variant, seed) }

// record writes one run: an early point and the value as the last one.
func (a setting) record(t testing.TB, s *tracker.Store, st study, i int, seed int64) {
	t.Helper()
	out, odd := a.outcome[seed]
	if !odd {
		if i >= len(a.values) {
			return
		}
		out.status = tracker.Finished
	}
	ctx := context.Background()
	run, err := s.CreateRun(ctx, tracker.NewRun{Experiment: "study", Variant: a.name, Seed: seed, Digest: digest(a.name, seed),
		RecordDigest: "record", Spec: []byte("{}"), Parameters: a.params})
	if err != nil {
		t.Fatal(err)
	}
	backend := a.backend
	if b := a.backendOf[seed]; b != "" {
		backend = b
	}
	attempt, err := s.BeginAttempt(ctx, run.ID, tracker.AttemptInfo{Backend: backend}, nil)
	if err != nil {
		t.Fatal(err)
	}
	key := a.key
	if key == "" {
		key = "causal/bytes/128/ab12cd34"
	}
	infos := []tracker.MetricInfo{{Name: st.metric, Unit: st.unit, Key: key}}
	for name := range a.also {
		infos = append(infos, tracker.MetricInfo{Name: name, Key: key})
	}
	if err := s.DeclareMetrics(ctx, run.ID, infos); err != nil {
		t.Fatal(err)
	}
	if err := attempt.Sink().Append(ctx, a.batch(st, run.ID, attempt.Number(), i, out)); err != nil {
		t.Fatal(err)
	}
	if reason, yes := a.excluded[seed]; yes {
		if err := s.Tag(ctx, []string{run.ID}, tracker.Retag{Set: map[string]string{tracker.ExcludedTag: reason}}); err != nil {
			t.Fatal(err)
		}
	}
	if out.status != tracker.Running {
		if err := attempt.End(ctx, out.status, out.err); err != nil {
			t.Fatal(err)
		}
	}
}

func (a setting) batch(st study, run string, attempt, i int, out outcome) tracker.Batch {
	at := time.Unix(1700000000, 0)
	b := tracker.Batch{Run: run, Attempt: attempt, Sequence: 1}
	add := func(metric string, step int64, v float64) {
		b.Samples = append(b.Samples, tracker.Sample{Metric: metric, Step: step, Time: at, Value: v})
	}
	add("train/loss", 1, 9)
	if !out.silent {
		add(st.metric, 0, 9)
		if i < len(a.values) {
			add(st.metric, 200, a.values[i])
		}
	}
	for _, name := range st.also {
		if i < len(a.also[name]) {
			add(name, 200, a.also[name][i])
		}
	}
	return b
}

func upTo(n int64) []int64 {
	seeds := make([]int64, n)
	for i := range seeds {
		seeds[i] = int64(i) + 1
	}
	return seeds
}

// firstSeeds cuts a study down to n seeds.
func firstSeeds(st study, n int) study {
	st.seeds = st.seeds[:n]
	variants := make([]setting, len(st.variants))
	for i, a := range st.variants {
		a.values = a.values[:n]
		variants[i] = a
	}
	st.variants = variants
	return st
}

// source is an ordinary study: losses that are paired by seed, three ablations.
func source() study {
	return study{
		question: "What does each part of the block buy on source code, at equal tokens?",
		unit:     "nats", also: []string{"val/accuracy", "val/bits_per_byte"}, seeds: upTo(5),
		variants: []setting{
			{name: "baseline", params: 116_736, values: []float64{2.4371, 2.4802, 2.4460, 2.4893, 2.4621},
				also: map[string][]float64{"val/accuracy": {.361, .352, .358, .350, .355}, "val/bits_per_byte": {3.516, 3.578, 3.529, 3.591, 3.552}}},
			{name: "no-positions", changes: "model.positions: none", params: 116_736, values: []float64{2.6604, 2.6905, 2.6689, 2.7018, 2.6712},
				also: map[string][]float64{"val/accuracy": {.301, .296, .300, .291, .299}, "val/bits_per_byte": {3.838, 3.882, 3.850, 3.898, 3.854}}},
			{name: "one-layer", changes: "model.num_hidden_layers: 1", params: 66_624, values: []float64{2.4951, 2.5362, 2.5122, 2.5421, 2.5287},
				also: map[string][]float64{"val/accuracy": {.345, .338, .341, .337, .340}, "val/bits_per_byte": {3.600, 3.659, 3.624, 3.667, 3.648}}},
			{name: "gelu-mlp", changes: "model.mlp: gelu", params: 116_800, values: []float64{2.4417, 2.4699, 2.4605, 2.4850, 2.4703},
				also: map[string][]float64{"val/accuracy": {.360, .353, .355, .351, .354}, "val/bits_per_byte": {3.522, 3.563, 3.550, 3.585, 3.564}}},
		},
	}
}

// copying is the demonstration: two layers learn to copy, in four of five seeds; one layer does not.
func copying() study {
	return study{
		question: "Do two layers of attention learn to copy in context, where one cannot?",
		unit:     "nats", also: []string{"val/accuracy", "heads/induction"}, seeds: upTo(5),
		variants: []setting{
			{name: "baseline", params: 37_888, values: []float64{.0012, .0009, 1.8421, .0011, .0014},
				also: map[string][]float64{"val/accuracy": {1, 1, .41, 1, .9998}, "heads/induction": {.93, .88, .12, .91, .79}}},
			{name: "one-layer", changes: "model.num_hidden_layers: 1", params: 20_992, values: []float64{2.51, 2.48, 2.49, 2.5, 2.47},
				also: map[string][]float64{"val/accuracy": {.09, .1, .1, .08, .1}, "heads/induction": {.05, .04, .06, .05, .05}}},
			{name: "no-positions", changes: "model.positions: none", params: 37_888, values: []float64{1.97, 1.77, 1.86, 1.81, 1.9},
				also: map[string][]float64{"val/accuracy": {.51, .55, .52, .54, .52}, "heads/induction": {.04, .05, .04, .06, .05}}},
			{name: "one-head", changes: "model.num_attention_heads: 1, model.num_key_value_heads: 1", params: 37_888, values: []float64{.31, .0042, .12, .0091, .052},
				also: map[string][]float64{"val/accuracy": {.91, .999, .97, .998, .99}, "heads/induction": {.6, .83, .71, .8, .77}}},
		},
	}
}

var (
	nan      = math.NaN()
	infinite = math.Inf(1)
)
