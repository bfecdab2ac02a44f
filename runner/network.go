package runner

import (
	"errors"
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
	seed    int64

	train, validate, attention *gomlx.Exec
	// ablation is validation without some heads; losses are those of single tokens.
	ablation, losses *gomlx.Exec
	// gather and apply take the place of train where the rows of a step come in micro-batches.
	gather, apply *gomlx.Exec
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
	n := &network{spec: spec, weights: model.Weights(spec.Model, vocab, length), store: gomlx.NewStore(), seed: seed}
	if err := n.begin(seed); err != nil {
		return nil, err
	}
	var err error
	graph := func(f func(*gomlx.Scope, []*Node) []*Node) *gomlx.Exec {
		exec, wrong := gomlx.NewExec(b.Compute, n.store, f)
		err = errors.Join(err, wrong)
		return exec
	}
	n.train, n.validate, n.attention = graph(n.trainGraph), graph(n.validateGraph), graph(n.attentionGraph)
	n.ablation, n.losses = graph(n.ablationGraph), graph(n.lossesGraph)
	n.gather, n.apply = graph(n.gatherGraph), graph(n.applyGraph)
	if err != nil {
		return nil, fmt.Errorf("set up the graphs: %w", err)
	}
	return n, nil
}

// begin sets every variable to its value before the first update.
func (n *network) begin(seed int64) error {
	for _, w := range n.weights {
		first := map[string][]float32{
			weightScope: model.Initial(n.spec.Model, w, seed), moment1Scope: make([]float32, w.Size()), moment2Scope: make([]float32, w.Size()),
		}
		for scope, value := range first {
			if err := n.assign(scope, w.Name, value, w.Shape); err != nil {
				return err
			}
		}
	}
	return n.clearSums()
}

// assign sets a variable, which is created where there is none.
func (n *network) assign(scope, name string, values []float32, shape []int) error {
	value := tensors.FromFlatDataAndDimensions(values, shape...)
	var err error
	if v := n.variable(scope, name); v != nil {
		err = v.SetValue(value)
	} else {
		_, err = n.store.CreateVariable(path(scope, name), value)
	}
	if err != nil {
		return fmt.Errorf("set %s of %s: %w", scope, name, err)
	}
	return nil
}

func (n *network) variable(scope, name string) *gomlx.Variable {
	return n.store.GetVariable(path(scope, name))
}

func (n *network) lookup(g *Graph) model.Lookup {
	return func(name string) *Node { return n.variable(weightScope, name).NodeValue(g) }
}

// score runs the network on hostBatch's nodes, as validation does.
func (n *network) score(g *Graph, in []*Node) objective.Scores {
	return n.scoreFeed(g, n.feed(in), 0)
}

// scoreTraining is score as training has it: smoothed, and with values dropped by the keys in random, where it has any.
func (n *network) scoreTraining(g *Graph, in, random []*Node) objective.Scores {
	f := n.feed(in)
	if len(random) > 0 {
		f.inputs.Random = random[0]
	}
	f.inputs.Recompute = n.spec.Train.ActivationCheckpointing
	return n.scoreFeed(g, f, n.spec.Train.LabelSmoothing)
}

func (n *network) scoreFeed(g *Graph, f feed, smoothing float64) objective.Scores {
	hidden := model.Forward(n.spec.Model, n.lookup(g), f.inputs, model.Capture{}).Hidden
	logits := model.Logits(n.spec.Model, n.lookup(g), f.scored(hidden))
	return objective.ScoreSmoothed(logits, f.scored(f.targets), f.scored(f.weights), smoothing)
}

// trainGraph is one update: loss, gradients, clip, AdamW. It returns the mean loss and the gradients' norm before the clip.
func (n *network) trainGraph(_ *gomlx.Scope, in []*Node) []*Node {
	g := in[0].Graph()
	scores := n.scoreTraining(g, in, in[batchInputs+stepInputs:])
	gradients := n.gradients(objective.PerTarget(scores.Objective, scores.Weight))
	norm := n.descend(gradients, in[batchInputs:])
	return []*Node{objective.PerTarget(scores.Loss, scores.Weight), norm}
}

// gradients are those of a loss for every weight, in their order.
func (n *network) gradients(loss *Node) []*Node {
	values := make([]*Node, len(n.weights))
	for i, w := range n.weights {
		values[i] = n.variable(weightScope, w.Name).NodeValue(loss.Graph())
	}
	return Gradient(loss, values...)
}

// descend clips the gradients and updates every weight and its moments. It returns the norm before the clip. scalars are
// those of stepScalars.
func (n *network) descend(gradients, scalars []*Node) (norm *Node) {
	g := scalars[0].Graph()
	step := optim.Scalars{Rate: scalars[0], Correct1: scalars[1], Correct2: scalars[2]}
	gradients, norm = optim.ClipNorm(gradients, n.spec.Train.MaxGradNorm)
	for i, w := range n.weights {
		value, m1, m2 := n.variable(weightScope, w.Name), n.variable(moment1Scope, w.Name), n.variable(moment2Scope, w.Name)
		next, new1, new2 := optim.AdamW(n.spec.Train, step, w.Decays(), value.NodeValue(g), m1.NodeValue(g), m2.NodeValue(g), gradients[i])
		value.SetNodeValue(next)
		m1.SetNodeValue(new1)
		m2.SetNodeValue(new2)
	}
	return norm
}

// stepScalars are what an update needs to know of its number, from 1.
func (n *network) stepScalars(step int) []any {
	correct1, correct2 := optim.Corrections(n.spec.Train, step)
	return []any{float32(n.rate(step)), float32(correct1), float32(correct2)}
}

// update trains on one batch, as update number step from 1.
func (n *network) update(b objective.Batch, step int) (loss, norm float64, err error) {
	var out []*tensors.Tensor
	if n.accumulates() {
		out, err = n.accumulate(b, step)
	} else {
		args := append(hostBatch(b), n.stepScalars(step)...)
		out, err = n.train.Exec(append(args, n.dropoutKeys(step, 0)...)...)
	}
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

// attentionGraph returns the probabilities of each layer, [B,N,T,S].
func (n *network) attentionGraph(_ *gomlx.Scope, in []*Node) []*Node {
	return model.Forward(n.spec.Model, n.lookup(in[0].Graph()), n.feed(in).inputs, model.Capture{Attention: true}).Attention
}

// probabilities runs the attention graph: [L,B,N,T,S], row-major.
func (n *network) probabilities(b objective.Batch) ([]float32, error) {
	out, err := n.attention.Exec(hostBatch(b)...)
	if err != nil {
		return nil, fmt.Errorf("attention: %w", err)
	}
	var all []float32
	for _, layer := range out {
		values, err := tensors.CopyFlatData[float32](layer)
		if err != nil {
			return nil, fmt.Errorf("attention: %w", err)
		}
		all = append(all, values...)
	}
	return all, nil
}
