package plan

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/experiments"
	"inkstone/experiments/decode"
)

const minimal = `spec: 1
name: minimal
seeds: [4, 2]
data: {corpus: go-stdlib}
model: {hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 4}
train: {max_steps: 10, global_batch_size: 4, sequence_length: 32, learning_rate: 3e-3}
`

func build(t *testing.T, src string, sets ...string) (*Plan, error) {
	t.Helper()
	d, err := experiments.Parse("minimal.yaml", []byte(src), sets, nil)
	if d == nil {
		t.Fatal(err)
	}
	return Build(d)
}

func names(p *Plan) []string {
	var list []string
	for _, v := range p.Variants {
		list = append(list, v.Name)
	}
	return list
}

func TestOrder(t *testing.T) {
	p, err := build(t, minimal+"ablate: {a: {model.mlp: gelu}, b: {model.positions: none, model.mlp: none}}\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"baseline", "a", "b"}, names(p)); diff != "" {
		t.Errorf("variants (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Trial{{0, 4}, {1, 4}, {2, 4}, {0, 2}, {1, 2}, {2, 2}}, p.Trials); diff != "" {
		t.Errorf("trials (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]experiments.Assignment{{Path: "model.positions", Value: "none"}, {Path: "model.mlp", Value: "none"}}, p.Variants[2].Changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	for _, v := range p.Variants {
		if len(v.Spec.Ablate) > 0 || v.Spec.Ablate == nil {
			t.Errorf("%s declares %v", v.Name, v.Spec.Ablate)
		}
	}
}

func TestGrid(t *testing.T) {
	for _, test := range []struct {
		name, grid string
		want       []string
	}{
		{"product, without the point that is the baseline", "{train.learning_rate: [1e-3, 0.003], model.hidden_size: [64, 32]}", []string{
			"baseline", "learning_rate=1e-3,hidden_size=64", "learning_rate=1e-3,hidden_size=32", "learning_rate=0.003,hidden_size=32",
		}},
		{"longer names where the last ones are the same", "{data.validation.seed: [1], data.validation.batches: [8], objective.kind: [causal], tokenizer.kind: [bytes]}", []string{
			"baseline", "seed=1,batches=8,objective.kind=causal,tokenizer.kind=bytes",
		}},
		{"values that no name can hold", "{data.field: ['a/b c'], train.weight_decay: [+1e-3]}", []string{"baseline", "field=-a-b-c-,weight_decay=+1e-3"}},
	} {
		p, err := build(t, minimal+"sweep: {grid: "+test.grid+"}\ncompare: {metric: train/loss}\n")
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if diff := cmp.Diff(test.want, names(p)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestDerivedAgain(t *testing.T) {
	p, err := build(t, minimal+"ablate: {eight: {model.num_attention_heads: 8}, gelu: {model.mlp: gelu}, wide: {model.hidden_size: 128}}\n")
	if err != nil {
		t.Fatal(err)
	}
	var got [][2]int
	for _, v := range p.Variants {
		got = append(got, [2]int{v.Spec.Model.NumKeyValueHeads, v.Spec.Model.IntermediateSize})
	}
	if diff := cmp.Diff([][2]int{{4, 172}, {8, 172}, {4, 258}, {4, 342}}, got); diff != "" {
		t.Errorf("groups and widths (-want +got):\n%s", diff)
	}
}

// TestAllAtOnce checks that mistakes of the file, of a variant and of an override are reported together, each once.
func TestAllAtOnce(t *testing.T) {
	_, err := build(t, minimal+"ablate: {three: {model.num_attention_heads: 3}}\nrecrod: {}\n", "train.max_steps=0")
	var list *decode.Errors
	if !errors.As(err, &list) {
		t.Fatal(err)
	}
	var got []string
	for _, e := range list.List {
		got = append(got, e.Place.String()+" "+strings.SplitN(e.Message, ":", 2)[0])
	}
	want := []string{"minimal.yaml:7:45 model.num_attention_heads", "minimal.yaml:8:1 recrod", "--set #1 train.max_steps"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestIncomparable(t *testing.T) {
	long := minimal + "ablate: {long: {train.sequence_length: 64}}\n"
	if _, err := build(t, long); err == nil {
		t.Error("losses at two lengths are compared")
	}
	if _, err := build(t, long+"compare: {metric: train/loss, also: [val/accuracy]}\n"); err == nil {
		t.Error("accuracies at two lengths are compared")
	}
	if _, err := build(t, long+"compare: {metric: train/loss}\n"); err != nil {
		t.Errorf("training losses: %v", err)
	}
	batch := minimal + "ablate: {large: {train.global_batch_size: 8, data.validation.batches: 8}}\n"
	if _, err := build(t, batch); err != nil {
		t.Errorf("the same windows in larger batches: %v", err)
	}
}
