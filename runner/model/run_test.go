package model_test

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"
	gomlx "github.com/gomlx/gomlx/ml/model"

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/reference"
)

// small is a model that exercises every part: grouped queries, biases, a partly turned head.
func small() experiments.Model {
	return experiments.Model{
		Family: "glm", HiddenSize: 16, NumHiddenLayers: 2, NumAttentionHeads: 2, NumKeyValueHeads: 1, AttentionBias: true, IntermediateSize: 24,
		Positions: "rotary", RopeTheta: 100, PartialRotaryFactor: 0.5, MLP: "swiglu", Norm: "rmsnorm", NormEps: 1e-5, InitializerRange: 0.3,
	}
}

func with(change func(*experiments.Model)) experiments.Model {
	m := small()
	change(&m)
	return m
}

// rows are inputs on the host: tokens, positions, block positions [B,T], and what restricts them, nil for causal rows.
type rows struct {
	tokens, positions, blocks [][]int32
	types, documents          [][]int32
	prefix, first, end        []int32
	bidirectional             bool

	// valid [B,T] is 1 for what is no padding; targets and weights [B,T] are what a loss compares with. For fixtures.
	valid, targets [][]int32
	weights        [][]float32
}

// arguments are what a graph is called with, in the order in which inputs takes them.
func (r rows) arguments() []any {
	args := []any{r.tokens, r.positions, r.blocks}
	for _, table := range [][][]int32{r.types, r.documents} {
		if table != nil {
			args = append(args, table)
		}
	}
	for _, list := range [][]int32{r.prefix, r.first, r.end} {
		if list != nil {
			args = append(args, list)
		}
	}
	return args
}

// inputs are the graph's nodes of the arguments.
func (r rows) inputs(nodes []*Node) model.Inputs {
	in := model.Inputs{Tokens: nodes[0], Positions: nodes[1], Blocks: nodes[2], Bidirectional: r.bidirectional}
	nodes = nodes[3:]
	for _, optional := range []struct {
		given bool
		node  **Node
	}{{r.types != nil, &in.Types}, {r.documents != nil, &in.Documents}, {r.prefix != nil, &in.Prefix}, {r.first != nil, &in.First}, {r.end != nil, &in.Valid}} {
		if optional.given {
			*optional.node, nodes = nodes[0], nodes[1:]
		}
	}
	return in
}

// row numbers the positions of one row of tokens.
func row(tokens ...int32) rows {
	r := rows{tokens: [][]int32{tokens}, positions: [][]int32{make([]int32, len(tokens))}, blocks: [][]int32{make([]int32, len(tokens))}}
	for i := range tokens {
		r.positions[0][i] = int32(i)
	}
	return r
}

func shifted(values [][]int32, by int32) [][]int32 {
	out := make([][]int32, len(values))
	for i, list := range values {
		for _, v := range list {
			out[i] = append(out[i], v+by)
		}
	}
	return out
}

const vocab, length = 11, 32

func initial(m experiments.Model) map[string][]float32 {
	values := map[string][]float32{}
	for _, w := range model.Weights(m, vocab, length) {
		values[w.Name] = model.Initial(m, w, 1)
	}
	return values
}

// evaluate builds a graph over a model's weights and runs it on the rows.
func evaluate(t *testing.T, list []model.Weight, values map[string][]float32, r rows, build func(model.Lookup, model.Inputs) []*Node) [][]float32 {
	t.Helper()
	store := gomlx.NewStore()
	for _, w := range list {
		if _, err := store.CreateVariable("/"+w.Name, tensors.FromFlatDataAndDimensions(values[w.Name], w.Shape...)); err != nil {
			t.Fatal(err)
		}
	}
	exec, err := gomlx.NewExec(reference.Backend(t), store, func(_ *gomlx.Scope, in []*Node) []*Node {
		return build(func(name string) *Node { return store.GetVariable("/" + name).NodeValue(in[0].Graph()) }, r.inputs(in))
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Exec(r.arguments()...)
	if err != nil {
		t.Fatal(err)
	}
	flat := make([][]float32, len(out))
	for i := range out {
		if flat[i], err = tensors.CopyFlatData[float32](out[i]); err != nil {
			t.Fatal(err)
		}
	}
	return flat
}

// forward gives the logits, then each layer's attention.
func forward(t *testing.T, m experiments.Model, r rows) [][]float32 {
	t.Helper()
	return evaluate(t, model.Weights(m, vocab, length), initial(m), r, func(w model.Lookup, in model.Inputs) []*Node {
		out := model.Forward(m, w, in, model.Capture{Attention: true})
		return append([]*Node{model.Logits(m, w, out.Hidden)}, out.Attention...)
	})
}
