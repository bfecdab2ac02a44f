package experiments

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"inkstone/experiments/decode"
)

const minimal = `spec: 1
name: minimal
data: {corpus: go-stdlib}
model: {hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 4}
train: {max_steps: 10, global_batch_size: 4, sequence_length: 32, learning_rate: 3e-3}
`

func parse(t *testing.T, src string, sets ...string) Spec {
	t.Helper()
	d, err := Parse("minimal.yaml", []byte(src), sets, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d.Spec
}

// leaves are the paths of all fields of a type, by reflection.
func leaves(t reflect.Type, path string) []string {
	if t.Kind() != reflect.Struct || path == "ablate" {
		return []string{path}
	}
	var list []string
	for i := range t.NumField() {
		key := t.Field(i).Tag.Get("json")
		list = append(list, leaves(t.Field(i).Type, decode.Join(path, key))...)
	}
	return list
}

// TestTable checks that the table has every field of Spec once, in order, and nothing else.
func TestTable(t *testing.T) {
	var listed []string
	for _, f := range fields {
		listed = append(listed, f.path)
		if f.meaning == "" {
			t.Errorf("%s has no meaning", f.path)
		}
		if !strings.Contains(Reference(), "\n"+f.path+" ") {
			t.Errorf("the reference lacks %s", f.path)
		}
	}
	if diff := cmp.Diff(leaves(reflect.TypeFor[Spec](), ""), listed); diff != "" {
		t.Errorf("fields (-Spec +table):\n%s", diff)
	}
}

func TestDefaults(t *testing.T) {
	got := parse(t, minimal)
	want := Spec{
		Version: 1, Name: "minimal", Seeds: []int64{1, 2, 3, 4, 5},
		Data:      Data{Corpus: "go-stdlib", Files: []string{}, Packing: "none", Validation: Validation{Share: 0.02, Batches: 16, Seed: 1234}},
		Tokenizer: Tokenizer{Kind: "bytes"},
		Model: Model{
			Family: "glm", HiddenSize: 64, NumHiddenLayers: 2, NumAttentionHeads: 4, NumKeyValueHeads: 4, HeadDim: 16, AttentionBias: true,
			IntermediateSize: 172, Positions: "rotary", RopeTheta: 10000, PartialRotaryFactor: 0.5, RopePairing: "interleaved", MLP: "swiglu", Norm: "rmsnorm",
			NormEps: 1e-5, NormPlacement: "pre", ResidualScale: 1, InitializerRange: 0.02,
		},
		Objective: Objective{Kind: "causal"},
		Train: Train{
			MaxSteps: 10, GlobalBatchSize: 4, SequenceLength: 32, GradientAccumulationSteps: 1, LearningRate: 3e-3, Precision: "f32", LRSchedulerType: "cosine", WarmupRatio: 0.1,
			WeightDecay: 0.01, AdamBeta1: 0.9, AdamBeta2: 0.95, AdamEpsilon: 1e-8, MaxGradNorm: 1, Checkpoint: Checkpoint{Every: 100, Keep: 2},
		},
		Record: Record{Metrics: Interval{10}, Validation: Interval{50}, HeadAblation: HeadAblation{At: "never"}, Attention: Attention{At: "never", Prompts: []string{}},
			Samples: Samples{At: "never", Prompts: []string{}, MaxNewTokens: 64, TopP: 1}},
		Ablate:  []Variation{},
		Sweep:   Sweep{Grid: []Axis{}},
		Compare: Compare{Metric: "val/loss", Goal: "minimize", Baseline: "baseline", Also: []string{}},
		Run:     Run{Backend: "auto"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDerived(t *testing.T) {
	repeats := strings.Replace(minimal, "go-stdlib", "repeats, repeats: {max_period: 16}", 1)
	objective := func(s Spec) any { return s.Objective }
	infill := strings.Replace(minimal, "model: {", "model: {positions: none, ", 1) + "objective: infill\n"
	for _, test := range []struct {
		name, src string
		sets      []string
		get       func(Spec) any
		want      any
	}{
		{"symbols", repeats, nil, func(s Spec) any { return s.Tokenizer }, Tokenizer{Kind: "symbols"}},
		{"repeats", repeats, nil, func(s Spec) any { return s.Data.Repeats }, Repeats{32, 6, 16}},
		{"head scores", repeats, []string{"record.validation.every=7"}, func(s Spec) any { return s.Record.HeadScores.Every }, 7},
		{"head scores off", repeats, []string{"record.head_scores.every=0"}, func(s Spec) any { return s.Record.HeadScores.Every }, 0},
		{"bpe", minimal, []string{"tokenizer.kind=bpe"}, func(s Spec) any { return s.Tokenizer }, Tokenizer{"bpe", 1024}},
		{"gelu", minimal, []string{"model.mlp=gelu"}, func(s Spec) any { return s.Model.IntermediateSize }, 258},
		{"no mlp", minimal, []string{"model.mlp=none"}, func(s Spec) any { return s.Model.IntermediateSize }, 0},
		{"auto", minimal, []string{"model.intermediate_size=auto"}, func(s Spec) any { return s.Model.IntermediateSize }, 172},
		{"explicit", minimal, []string{"model.intermediate_size=99"}, func(s Spec) any { return s.Model.IntermediateSize }, 99},
		{"groups", minimal, []string{"model.num_attention_heads=8"}, func(s Spec) any { return s.Model.NumKeyValueHeads }, 8},
		{"heads wider than the stream", minimal, []string{"model.num_attention_heads=6", "model.head_dim=12"}, func(s Spec) any { return s.Model.HeadDim }, 12},
		{"two-dimensional rotation", minimal, []string{"model.positions=rotary-2d"}, func(s Spec) any { return s.Model.RopePairing }, "half"},
		{"no rotation", minimal, []string{"model.positions=none", "model.rope_pairing=half"}, func(s Spec) any { return s.Model.RopePairing }, ""},
		{"tables", minimal, []string{"model.positions=absolute"}, func(s Spec) any { return s.Model.MaxPositionEmbeddings }, 32},
		{"no tables", minimal, []string{"model.max_position_embeddings=64"}, func(s Spec) any { return s.Model.MaxPositionEmbeddings }, 0},
		{"residual scale", minimal, []string{"model.norm_placement=normed-residual"}, func(s Spec) any { return s.Model.ResidualScale }, 2.0},
		{"geglu", minimal, []string{"model.mlp=geglu"}, func(s Spec) any { return s.Model.IntermediateSize }, 172},
		{"exact gelu", minimal, []string{"model.mlp=gelu-erf"}, func(s Spec) any { return s.Model.IntermediateSize }, 258},
		{"seeds", minimal, []string{"seeds=[3, 0]"}, func(s Spec) any { return s.Seeds }, []int64{3, 0}},
		{"infill", infill, nil, objective, Objective{Kind: "infill", MaskRatio: 0.15, MeanSpan: 3, MaxSpan: 39, BlockMaskProb: 0.1, Tasks: Tasks{Token: 1}}},
		{"infill's number", infill, []string{"objective.mask_ratio=0.3"}, objective, Objective{Kind: "infill", MaskRatio: 0.3, MeanSpan: 3, MaxSpan: 39, BlockMaskProb: 0.1, Tasks: Tasks{Token: 1}}},
		{
			"all tasks", infill, []string{"objective.tasks.token=0.4", "objective.tasks.sentence=0.3", "objective.tasks.document=0.3"}, objective,
			Objective{Kind: "infill", MaskRatio: 0.15, MeanSpan: 3, MaxSpan: 39, BlockMaskProb: 0.1, Tasks: Tasks{0.4, 0.3, 0.3}, GPTMinRatio: 0.5, GPTInfillProb: 0.5},
		},
		{"sentences", infill, []string{"objective.tasks.token=0", "objective.tasks.sentence=1"}, objective, Objective{Kind: "infill", MaskRatio: 0.15, Tasks: Tasks{Sentence: 1}}},
		{
			"documents", infill, []string{"objective.tasks.token=0", "objective.tasks.document=1", "objective.short_seq_prob=0.02"}, objective,
			Objective{Kind: "infill", Tasks: Tasks{Document: 1}, GPTMinRatio: 0.5, GPTInfillProb: 0.5, ShortSeqProb: 0.02},
		},
		{"masked tokens", minimal, []string{"objective=mlm", "objective.short_seq_prob=0.02"}, objective, Objective{Kind: "mlm", MaskRatio: 0.15}},
		{"goal", minimal, []string{"compare.metric=val/accuracy"}, func(s Spec) any { return s.Compare.Goal }, "maximize"},
		{"wsd", minimal, []string{"train.lr_scheduler_type=wsd"}, func(s Spec) any { return s.Train.DecayRatio }, 0.2},
		{"warm-up by steps", minimal, []string{"train.warmup_steps=4"}, func(s Spec) any { return []any{s.Train.Warmup(), s.Train.WarmupRatio} }, []any{4, 0.0}},
		{"no warm-up", minimal, []string{"train.warmup_steps=0", "train.warmup_start_ratio=0.5"}, func(s Spec) any { return []any{s.Train.Warmup(), s.Train.WarmupStartRatio} }, []any{0, 0.0}},
		{"warm-up by share", minimal, nil, func(s Spec) any { return s.Train.Warmup() }, 1},
		{"another schedule's numbers", minimal, []string{"train.decay_type=cosine", "train.num_cycles=3", "train.power=2"}, func(s Spec) any { return []any{s.Train.DecayType, s.Train.NumCycles, s.Train.Power} }, []any{"", 0, 0.0}},
		{"no stop rule", minimal, []string{"train.stop.divergence.steps=5", "train.stop.plateau.min_delta=0.1", "train.stop.plateau.metric=val/accuracy"}, func(s Spec) any { return s.Train.Stop }, Stop{}},
		{"plateau", minimal, []string{"train.stop.plateau.patience=3", "record.validation.every=7"}, func(s Spec) any { return s.Train.Stop.Plateau }, Plateau{"val/loss", 7, 3, 0}},
		{"plateau of what is compared", minimal, []string{"train.stop.plateau.patience=3", "compare.metric=val/accuracy"}, func(s Spec) any { return s.Train.Stop.Plateau.Metric }, "val/accuracy"},
		{"divergence", minimal, []string{"train.stop.divergence.factor=2"}, func(s Spec) any { return s.Train.Stop.Divergence }, Divergence{2, 20}},
		{"time", minimal, []string{"train.stop.max_time=90m"}, func(s Spec) any { return s.Train.Stop.MaxTime }, "1h30m0s"},
		{"best", minimal, []string{"train.checkpoint.best=true", "compare.metric=val/accuracy"}, func(s Spec) any { return s.Train.Checkpoint.Best }, "val/accuracy"},
		{"best of what is measured", minimal, []string{"train.checkpoint.best=true", "compare.metric=train/loss"}, func(s Spec) any { return s.Train.Checkpoint.Best }, "val/loss"},
		{"no best", minimal, []string{"train.checkpoint.best=false"}, func(s Spec) any { return s.Train.Checkpoint.Best }, ""},
		{"a best of one's own", minimal, []string{"train.checkpoint.best=val/bits_per_byte"}, func(s Spec) any { return s.Train.Checkpoint.Best }, "val/bits_per_byte"},
		{"head ablation", minimal, []string{"record.head_scores.every=10"}, func(s Spec) any { return s.Record.HeadAblation.At }, "end"},
		{"samples", minimal, []string{"record.samples.prompts=[abc]"}, func(s Spec) any { return s.Record.Samples.At }, "log"},
		{"prompts", minimal, []string{"record.attention.prompts=[abc]"}, func(s Spec) any { return s.Record.Attention.At }, "log"},
	} {
		if diff := cmp.Diff(test.want, test.get(parse(t, test.src, test.sets...))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestEqualParameters checks that an automatic MLP has as many parameters with gelu as with swiglu at any width.
func TestEqualParameters(t *testing.T) {
	for hidden := 1; hidden < 2000; hidden++ {
		gelu, swiglu := autoIntermediate(hidden, "gelu"), autoIntermediate(hidden, "swiglu")
		if 2*gelu != 3*swiglu || gelu < 4*hidden || gelu >= 4*hidden+3 {
			t.Fatalf("width %d: gelu %d, swiglu %d", hidden, gelu, swiglu)
		}
	}
}

func TestFiles(t *testing.T) {
	src := strings.Replace(minimal, "{corpus: go-stdlib}", "{files: [texts/*.txt, /abs/b.jsonl]}", 1)
	folder := filepath.Join(t.TempDir(), "draft [2]")
	file := filepath.Join(folder, "s.yaml")
	if err := errors.Join(os.Mkdir(folder, 0o755), os.WriteFile(file, []byte(src), 0o644)); err != nil {
		t.Fatal(err)
	}
	d, err := Load(file, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{strings.Replace(folder, "[", `\[`, 1) + "/texts/*.txt", "/abs/b.jsonl"}
	if diff := cmp.Diff(want, d.Spec.Data.Files); diff != "" || d.Spec.Data.Field != "text" {
		t.Errorf("field %q, files (-want +got):\n%s", d.Spec.Data.Field, diff)
	}
}

func TestLoadMissing(t *testing.T) {
	d, err := Load("none.yaml", nil, nil)
	if d != nil || err == nil || err.Error() != "none.yaml: cannot read the spec: no such file or directory" {
		t.Errorf("%v, %v", d, err)
	}
}

func TestRoundTrip(t *testing.T) {
	want := parse(t, minimal+"ablate: {a: {model.mlp: gelu}}\nsweep: {grid: {train.learning_rate: [1e-3]}}\n")
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Spec
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestIdentity changes each field of a spec by itself: it changes the identity, or is listed here.
func TestIdentity(t *testing.T) {
	without := []string{"name", "question", "seeds", "data.files", "model.preset", "ablate", "sweep.grid", "train.checkpoint.every", "train.checkpoint.keep", "train.checkpoint.best"}
	content := Content{"d", "t"}
	for _, path := range leaves(reflect.TypeFor[Spec](), "") {
		spec := parse(t, minimal)
		before, record := spec.Identity(1, content), spec.RecordDigest()
		change(t, reach(reflect.ValueOf(&spec).Elem(), path))
		group, _, _ := strings.Cut(path, ".")
		same := slices.Contains(without, path) || group == "record" || group == "compare" || group == "run"
		if got := spec.Identity(1, content) == before; got != same {
			t.Errorf("%s: the identity stays the same: %v, want %v", path, got, same)
		}
		if changed := spec.RecordDigest() != record; changed != (group == "record") {
			t.Errorf("%s: the record's digest changes: %v", path, changed)
		}
	}
	spec := parse(t, minimal)
	before := spec.Identity(1, content)
	if spec.Identity(2, content) == before || spec.Identity(1, Content{"e", "t"}) == before || spec.Identity(1, Content{"d", "u"}) == before {
		t.Error("seed or content has no part in the identity")
	}
	if len(before) != 64 {
		t.Errorf("identity %q", before)
	}
}

func change(t *testing.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Float64:
		v.SetFloat(v.Float() + 0.125)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), v.Len()+1, v.Len()+1))
	default:
		t.Fatalf("no change for a %s", v.Kind())
	}
}

func TestComparability(t *testing.T) {
	content := Content{"d", "t"}
	base := parse(t, minimal)
	key := base.ComparabilityKey(content)
	if !strings.HasPrefix(key, "causal/bytes/32/") || len(key) != len("causal/bytes/32/")+8 {
		t.Errorf("key %q", key)
	}
	for set, same := range map[string]bool{
		"model.num_hidden_layers=1": true, "train.learning_rate=1": true, "name=other": true, "tokenizer.kind=bpe": false,
		"train.sequence_length=64": false, "data.validation.share=0.1": false, "data.validation.seed=2": false,
		"data.validation.batches=4": false, "train.global_batch_size=8": false,
	} {
		if got := parse(t, minimal, set).ComparabilityKey(content) == key; got != same {
			t.Errorf("%s: comparable is %v, want %v", set, got, same)
		}
	}
	if parse(t, minimal, "train.global_batch_size=8", "data.validation.batches=8").ComparabilityKey(content) != key {
		t.Error("the same windows in larger batches are not comparable")
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/bad/*.yaml")
	library, _ := filepath.Glob("library/*.yaml")
	for _, file := range append(files, library...) {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src, "model.hidden_size=8")
	}
	f.Fuzz(func(t *testing.T, src []byte, set string) {
		d, err := Parse("f.yaml", src, []string{set}, nil)
		if err == nil {
			if d.Spec.Identity(1, Content{}) == "" {
				t.Error("no identity")
			}
			return
		}
		for _, e := range err.(*decode.Errors).List {
			if e.Line != 0 && (e.Column < 1 || e.Column > utf8.RuneCountInString(e.Source)+1) || e.Message == "" {
				t.Errorf("%+v", e)
			}
		}
	})
}
