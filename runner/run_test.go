package runner

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"inkstone/experiments"
	"inkstone/runner/backend"
	"inkstone/runner/data"
	"inkstone/runner/weights"
	"inkstone/tracker"
)

const tinySpec = `
spec: 1
name: tiny
seeds: [3]
data: {corpus: repeats, repeats: {symbols: 8, min_period: 3, max_period: 5}, validation: {batches: 2}}
model: {family: glm, hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, num_key_value_heads: 1, attention_bias: true}
objective: causal
train: {max_steps: 6, global_batch_size: 4, sequence_length: 12, learning_rate: 1e-2, checkpoint: {every: 3, keep: 2}}
record:
  metrics: {every: 1}
  validation: {every: 2}
  head_scores: {every: 3}
  attention: {at: log, prompts: [ABCDABCD]}
compare: {metric: val/loss, goal: minimize}
`

// memory is a Recorder that keeps what it is given.
type memory struct {
	logged   map[int64]map[string]float64
	captures []tracker.Capture
	texts    []tracker.Text
	flushed  int64
	twice    bool // a metric was logged twice at a step
}

func (m *memory) Log(step int64, values map[string]float64) error {
	if m.logged == nil {
		m.logged = map[int64]map[string]float64{}
	}
	if m.logged[step] == nil {
		m.logged[step] = map[string]float64{}
	}
	for name := range values {
		_, before := m.logged[step][name]
		m.twice = m.twice || before
	}
	maps.Copy(m.logged[step], values)
	delete(m.logged[step], "train/tokens_per_second") // the clock's
	return nil
}

func (m *memory) LogContext(step int64, context string, values map[string]float64) error {
	named := map[string]float64{}
	for name, value := range values {
		named[name+"@"+context] = value
	}
	return m.Log(step, named)
}

func (m *memory) Capture(_ context.Context, c tracker.Capture) error {
	m.captures = append(m.captures, c)
	return nil
}

func (m *memory) Texts(_ context.Context, texts []tracker.Text) error {
	m.texts = append(m.texts, texts...)
	return nil
}

func (m *memory) Flush(context.Context) (int64, error) { m.flushed++; return m.flushed, nil }

func tinyJob(t *testing.T, sets ...string) (Job, *memory) {
	t.Helper()
	return jobOf(t, tinySpec, sets...)
}

func jobOf(t *testing.T, spec string, sets ...string) (Job, *memory) {
	t.Helper()
	document, err := experiments.Parse("tiny.yaml", []byte(spec), sets, nil)
	if err != nil {
		t.Fatal(err)
	}
	prepared, err := data.Prepare(t.Context(), document.Spec, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := backend.Open(backend.Candidate{Name: backend.Go, Available: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	recorder := &memory{}
	return Job{Spec: document.Spec, Seed: 3, Prepared: prepared, Backend: b, Recorder: recorder, CheckpointDir: t.TempDir(), Attempt: 1}, recorder
}

func mustRun(t *testing.T, job Job) {
	t.Helper()
	result, err := Run(t.Context(), job)
	if err != nil || result.Steps != job.Spec.Train.MaxSteps {
		t.Fatalf("Run = %+v, %v", result, err)
	}
}

func latest(t *testing.T, job Job) (*Checkpoint, map[string]weights.Tensor) {
	t.Helper()
	c, err := LatestCheckpoint(job.CheckpointDir)
	if err != nil || c == nil {
		t.Fatalf("LatestCheckpoint = %v, %v", c, err)
	}
	file, err := weights.Read(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	return c, file.Tensors
}

// A run that is stopped and resumed ends with the bytes of one that was not, in weights, moments and metrics, and so do
// one that drops values and one in micro-batches.
func TestResumeIsBitIdentical(t *testing.T) {
	for name, sets := range map[string][]string{
		"plain":         nil,
		"dropout":       {"model.hidden_dropout=0.1", "model.attention_dropout=0.1", "model.embedding_dropout=0.1"},
		"micro-batches": {"model.hidden_dropout=0.1", "train.gradient_accumulation_steps=2", "train.label_smoothing=0.1"},
		"rules":         {"train.max_steps=9", "train.checkpoint.best=true", "train.stop.plateau.patience=2", "train.stop.plateau.min_delta=10", "train.stop.divergence.factor=2"},
	} {
		t.Run(name, func(t *testing.T) { testResume(t, sets) })
	}
}

func testResume(t *testing.T, sets []string) {
	whole, wholeRecord := tinyJob(t, sets...)
	end := mustEnd(t, whole)
	for stopAt := 1; stopAt < end.Steps; stopAt++ {
		part, partRecord := tinyJob(t, sets...)
		stopAfter(t, part, stopAt)
		part.Attempt = 2
		part.Resume, _ = latest(t, part)
		if part.Resume.Step != int64(stopAt) || part.Resume.Attempt != 1 || part.Resume.Sequence != partRecord.flushed {
			t.Errorf("stopped at %d: checkpoint %+v with %d batches flushed", stopAt, part.Resume, partRecord.flushed)
		}
		if got := mustEnd(t, part); got != end {
			t.Errorf("stopped at %d: ended %+v, want %+v", stopAt, got, end)
		}
		want, wantWeights := latest(t, whole)
		got, gotWeights := latest(t, part)
		if d := cmp.Diff(wantWeights, gotWeights); d != "" {
			t.Errorf("stopped at %d: weights differ (-whole +resumed):\n%s", stopAt, d)
		}
		sameRecords(t, wholeRecord, partRecord)
		want.history.Trained, got.history.Trained = 0, 0 // the clock's
		if d := cmp.Diff(want.history, got.history); d != "" {
			t.Errorf("stopped at %d: histories differ (-whole +resumed):\n%s", stopAt, d)
		}
	}
}

// stopAfter runs a job that is asked to stop when it has trained some steps.
func stopAfter(t *testing.T, job Job, steps int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	job.Progress = func(p Progress) {
		if p.Step == steps {
			cancel()
		}
	}
	if result, err := Run(ctx, job); !errors.Is(err, ErrStopped) || result.Steps != steps {
		t.Fatalf("stopped at %d: Run = %+v, %v", steps, result, err)
	}
}

func mustEnd(t *testing.T, job Job) Result {
	t.Helper()
	result, err := Run(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func sameRecords(t *testing.T, want, got *memory) {
	t.Helper()
	if d := cmp.Diff(want.logged, got.logged); d != "" {
		t.Errorf("metrics differ (-want +got):\n%s", d)
	}
	if d := cmp.Diff(want.captures, got.captures, cmpopts.EquateNaNs()); d != "" {
		t.Errorf("captures differ (-want +got):\n%s", d)
	}
	if got.twice {
		t.Error("a value was logged twice")
	}
}

func TestRunRecords(t *testing.T) {
	job, record := tinyJob(t)
	mustRun(t, job)
	steps := map[string][]int64{}
	for _, step := range slices.Sorted(maps.Keys(record.logged)) {
		for name := range record.logged[step] {
			steps[name] = append(steps[name], step)
		}
	}
	updates, heads := []int64{1, 2, 3, 4, 5, 6}, []int64{0, 3, 6}
	want := map[string][]int64{
		"train/loss": updates, "train/grad_norm": updates, "train/learning_rate": updates, "train/tokens": {0, 1, 2, 3, 4, 5, 6},
		"val/loss": {0, 2, 4, 6}, "val/accuracy": {0, 2, 4, 6}, "heads/chance": heads,
	}
	for _, role := range []string{"previous_token", "first_token", "induction", "same_token", "block_diagonal"} {
		for _, part := range []string{"", "/chance", "/layer-0", "/layer-1"} {
			want["heads/"+role+part] = heads
		}
	}
	for _, context := range []string{"@L0H0", "@L0H1", "@L1H0", "@L1H1"} {
		for _, measure := range []string{"previous_token", "first_token", "induction", "same_token", "block_diagonal", "entropy", "distance"} {
			want["heads/"+measure+context] = heads
		}
		want["heads/ablation_loss"+context] = []int64{6}
	}
	if d := cmp.Diff(want, steps); d != "" {
		t.Errorf("steps of each metric (-want +got):\n%s", d)
	}
	captured := map[tracker.CaptureKind][]int64{}
	for _, c := range record.captures {
		captured[c.Kind] = append(captured[c.Kind], c.Step)
		if len(c.Values) != c.Layers*c.Heads*c.Queries*c.Keys || c.Keys != 8 || strings.Join(c.Tokens, "") != "ABCDABCD" {
			t.Errorf("capture at step %d: %d values, tokens %q", c.Step, len(c.Values), c.Tokens)
		}
	}
	if d := cmp.Diff(map[tracker.CaptureKind][]int64{"": {0, 1, 2, 4, 6}, tracker.Losses: {0, 1, 2, 4, 6}}, captured); d != "" {
		t.Errorf("steps of captures (-want +got):\n%s", d)
	}
	if start := record.logged[0]["val/loss"]; math.Abs(start-math.Log(8)) > 0.1 {
		t.Errorf("val/loss at step 0 = %v, want about ln 8", start)
	}
	declared := map[string]bool{}
	for _, info := range MetricInfos(job.Spec, job.Prepared.Content) {
		declared[info.Name] = true
	}
	for name := range steps {
		if metric, _, _ := strings.Cut(name, "@"); !declared[metric] {
			t.Errorf("%s is recorded and not declared", name)
		}
	}
}

// The model learns at least that symbols of a round are distinct.
func TestRunLearns(t *testing.T) {
	job, record := tinyJob(t, "train.max_steps=80", "record.attention.at=never", "record.head_scores.every=0")
	mustRun(t, job)
	if before, after := record.logged[0]["val/loss"], record.logged[80]["val/loss"]; !(after < before-0.1) {
		t.Errorf("val/loss went from %v to %v", before, after)
	}
}
