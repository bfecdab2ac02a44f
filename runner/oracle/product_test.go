package oracle

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"
	gomlx "github.com/gomlx/gomlx/ml/model"

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/objective"
	"inkstone/runner/reference"
)

// product gives the loss of the trainer's own graph and its gradient by every parameter, in float64.
func product(t *testing.T, m experiments.Model, parameters map[string]array, b batch) (float64, map[string][]float64) {
	t.Helper()
	backend := reference.Backend(t)
	store, list := stored(t, m, parameters)
	rows := given(b)
	exec, err := gomlx.NewExec(backend, store, func(_ *gomlx.Scope, in []*Node) []*Node {
		for i, place := range rows.places {
			*place = in[i]
		}
		lookup := func(name string) *Node { return store.GetVariable("/" + name).NodeValue(in[0].Graph()) }
		logits := model.Logits(m, lookup, model.Forward(m, lookup, rows.inputs, model.Capture{}).Hidden)
		score := objective.Score(logits, rows.targets, rows.weights)
		loss := Div(score.Loss, score.Weight)
		by := make([]*Node, len(list))
		for i, w := range list {
			by[i] = lookup(w.Name)
		}
		return append([]*Node{loss}, Gradient(loss, by...)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Exec(rows.values...)
	if err != nil {
		t.Fatal(err)
	}
	gradients := map[string][]float64{}
	for i, w := range list {
		if gradients[w.Name], err = tensors.CopyFlatData[float64](out[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return tensors.ToScalar[float64](out[0]), gradients
}

// stored holds the parameters as float64 variables, with the list of them.
func stored(t *testing.T, m experiments.Model, parameters map[string]array) (*gomlx.Store, []model.Weight) {
	t.Helper()
	store, list := gomlx.NewStore(), model.Weights(m, vocab, length)
	for _, w := range list {
		if _, err := store.CreateVariable("/"+w.Name, tensors.FromFlatDataAndDimensions(parameters[w.Name].values, w.Shape...)); err != nil {
			t.Fatal(err)
		}
	}
	return store, list
}

// arguments are what a graph is run on, and the place in the graph that each goes to.
type arguments struct {
	values           []any
	places           []**Node
	inputs           model.Inputs
	targets, weights *Node
}

// given is a batch as arguments; what the batch does not have stays nil in the inputs.
func given(b batch) *arguments {
	a := &arguments{values: []any{b.tokens, b.positions, b.blocks, b.targets, b.weights}}
	in := &a.inputs
	a.places = []**Node{&in.Tokens, &in.Positions, &in.Blocks, &a.targets, &a.weights}
	for _, optional := range []struct {
		has   bool
		value any
		place **Node
	}{
		{b.types != nil, b.types, &in.Types},
		{b.documents != nil, b.documents, &in.Documents},
		{b.prefix != nil, b.prefix, &in.Prefix},
		{b.valid != nil, b.valid, &in.Valid},
	} {
		if optional.has {
			a.values, a.places = append(a.values, optional.value), append(a.places, optional.place)
		}
	}
	return a
}
