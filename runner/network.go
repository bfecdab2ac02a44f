package runner

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"
	gomlx "github.com/gomlx/gomlx/ml/model"

	"inkstone/experiments"
	"inkstone/runner/backend"
	"inkstone/runner/model"
	"inkstone/runner/objective"
	"inkstone/runner/optim"
)

// network is a model with its optimizer's moments on a backend, and the compiled graphs over them.
type network struct {
	spec    experiments.Spec
	weights []model.Weight
	store   *gomlx.Store

	train, validate, attention *gomlx.Exec
}

// Variables of the store lie under these scopes: a parameter and AdamW's two moments of it.
const (
	weightScope  = "weight"
	moment1Scope = "moment1"
	moment2Scope = "moment2"
)

func path(scope, name string) string { return "/" + scope + "/" + name }

// newNetwork creates the variables, initialised by seed, and the graphs; nothing is compiled yet.
func newNetwork(b *backend.Backend, spec experiments.Spec, vocab, length int, seed int64) (*network, error) {
	n := &network{spec: spec, weights: model.Weights(spec.Model, vocab, length), store: gomlx.NewStore()}
	for _, w := range n.weights {
		zeros := func() *tensors.Tensor {
			return tensors.FromFlatDataAndDimensions(make([]float32, w.Size()), w.Shape...)
		}
		first := tensors.FromFlatDataAndDimensions(model.Initial(spec.Model, w, seed), w.Shape...)
		for scope, value := range map[string]*tensors.Tensor{weightScope: first, moment1Scope: zeros(), moment2Scope: zeros()} {
			if _, err := n.store.CreateVariable(path(scope, w.Name), value); err != nil {
				return nil, fmt.Errorf("create %s: %w", w.Name, err)
			}
		}
	}
	var err error
	if n.train, err = gomlx.NewExec(b.Compute, n.store, n.trainGraph); err == nil {
		n.validate, err = gomlx.NewExec(b.Compute, n.store, n.validateGraph)
	}
	if err == nil {
		n.attention, err = gomlx.NewExec(b.Compute, n.store, n.attentionGraph)
	}
	if err != nil {
		return nil, fmt.Errorf("set up the graphs: %w", err)
	}
	return n, nil
}

func (n *network) variable(scope, name string) *gomlx.Variable {
	return n.store.GetVariable(path(scope, name))
}

func (n *network) lookup(g *Graph) model.Lookup {
	return func(name string) *Node { return n.variable(weightScope, name).NodeValue(g) }
}

// hostBatch is a batch as the graphs take it: tokens, targets, weights, positions, blocks, prefix.
func hostBatch(b objective.Batch) []any {
	int32s := func(values []int32) *tensors.Tensor {
		return tensors.FromFlatDataAndDimensions(values, b.Rows, b.Length)
	}
	return []any{
		int32s(b.Inputs), int32s(b.Targets), tensors.FromFlatDataAndDimensions(b.Weights, b.Rows, b.Length),
		int32s(b.Positions), int32s(b.BlockPositions), tensors.FromFlatDataAndDimensions(b.Prefix, b.Rows),
	}
}

// batchNodes are hostBatch's tensors in a graph.
func (n *network) batchNodes(in []*Node) (inputs model.Inputs, targets_BT, weights_BT *Node) {
	inputs = model.Inputs{Tokens: in[0], Positions: in[3], Blocks: in[4]}
	if n.spec.Objective.Kind != "causal" {
		inputs.Prefix = in[5]
	}
	return inputs, in[1], in[2]
}

func (n *network) score(g *Graph, in []*Node) objective.Scores {
	inputs, targets, weights := n.batchNodes(in)
	hidden := model.Forward(n.spec.Model, n.lookup(g), inputs, model.Capture{}).Hidden
	return objective.Score(model.Logits(n.spec.Model, n.lookup(g), hidden), targets, weights)
}

// trainGraph is one update: loss, gradients, clip, AdamW. It returns the mean loss and the gradients' norm before the clip.
func (n *network) trainGraph(_ *gomlx.Scope, in []*Node) []*Node {
	g := in[0].Graph()
	step := optim.Scalars{Rate: in[6], Correct1: in[7], Correct2: in[8]}
	scores := n.score(g, in)
	loss := Div(scores.Loss, scores.Weight)
	values := make([]*Node, len(n.weights))
	for i, w := range n.weights {
		values[i] = n.variable(weightScope, w.Name).NodeValue(g)
	}
	gradients, norm := optim.ClipNorm(Gradient(loss, values...), n.spec.Train.MaxGradNorm)
	for i, w := range n.weights {
		m1, m2 := n.variable(moment1Scope, w.Name), n.variable(moment2Scope, w.Name)
		value, new1, new2 := optim.AdamW(n.spec.Train, step, w.Decays(), values[i], m1.NodeValue(g), m2.NodeValue(g), gradients[i])
		n.variable(weightScope, w.Name).SetNodeValue(value)
		m1.SetNodeValue(new1)
		m2.SetNodeValue(new2)
	}
	return []*Node{loss, norm}
}

// update trains on one batch, as update number step from 1.
func (n *network) update(b objective.Batch, step int) (loss, norm float64, err error) {
	t := n.spec.Train
	correct1, correct2 := optim.Corrections(t, step)
	args := hostBatch(b)
	for _, v := range []float64{optim.Rate(t, step), correct1, correct2} {
		args = append(args, float32(v))
	}
	out, err := n.train.Exec(args...)
	if err != nil {
		return 0, 0, fmt.Errorf("update %d: %w", step, err)
	}
	return scalar(out[0]), scalar(out[1]), nil
}

// rate is the learning rate of an update.
func (n *network) rate(step int) float64 { return optim.Rate(n.spec.Train, step) }

func scalar(t *tensors.Tensor) float64 { return float64(tensors.ToScalar[float32](t)) }

func (n *network) validateGraph(_ *gomlx.Scope, in []*Node) []*Node {
	s := n.score(in[0].Graph(), in)
	return []*Node{s.Loss, s.Correct, s.Weight}
}

// attentionGraph returns the probabilities of all layers, [L,B,N,T,S].
func (n *network) attentionGraph(_ *gomlx.Scope, in []*Node) *Node {
	inputs, _, _ := n.batchNodes(in)
	return Stack(model.Forward(n.spec.Model, n.lookup(in[0].Graph()), inputs, model.Capture{Attention: true}).Attention, 0)
}

// probabilities runs the attention graph: [L,B,N,T,S], row-major.
func (n *network) probabilities(b objective.Batch) ([]float32, error) {
	out, err := n.attention.Exec(hostBatch(b)...)
	if err != nil {
		return nil, fmt.Errorf("attention: %w", err)
	}
	return tensors.CopyFlatData[float32](out[0])
}
