package runner

import (
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"
	gomlx "github.com/gomlx/gomlx/ml/model"

	"inkstone/runner/objective"
)

// A step's rows may come in several micro-batches of equal size. Their gradients are added up in variables, on the device,
// each divided by the weight of all of the step's targets: the sum is the gradient of the mean over the whole batch, however
// the targets fall on the micro-batches.
const (
	sumScope  = "sum"
	lossScope = "loss"
)

// lossSum is the variable's name of the losses that are added up with the gradients.
const lossSum = "total"

func (n *network) accumulates() bool { return n.spec.Train.GradientAccumulationSteps > 1 }

// clearSums sets the sums to nothing. There are none where a step is one batch.
func (n *network) clearSums() error {
	if !n.accumulates() {
		return nil
	}
	for _, w := range n.weights {
		if err := n.assign(sumScope, w.Name, make([]float32, w.Size()), w.Shape); err != nil {
			return err
		}
	}
	return n.assign(lossScope, lossSum, []float32{0}, nil)
}

// microBatches are a batch's rows as they go through the network at once.
func (n *network) microBatches(b objective.Batch) [][]any {
	rows := b.Rows / max(n.spec.Train.GradientAccumulationSteps, 1)
	var list [][]any
	for from := 0; from < b.Rows; from += rows {
		list = append(list, hostRows(b, from, from+rows))
	}
	return list
}

// accumulate is an update in micro-batches. It gives what train gives.
func (n *network) accumulate(b objective.Batch, step int) ([]*tensors.Tensor, error) {
	share := 1 / max(b.Weight(), objective.LeastWeight)
	for i, rows := range n.microBatches(b) {
		args := append(rows, float32(share))
		if _, err := n.gather.Exec(append(args, n.dropoutKeys(step, i)...)...); err != nil {
			return nil, err
		}
	}
	return n.apply.Exec(n.stepScalars(step)...)
}

// gatherGraph adds the gradients of a micro-batch, scaled by the input behind it.
func (n *network) gatherGraph(_ *gomlx.Scope, in []*Node) []*Node {
	g, share := in[0].Graph(), in[batchInputs]
	scores := n.scoreTraining(g, in, in[batchInputs+1:])
	for i, gradient := range n.gradients(Mul(scores.Objective, share)) {
		sum := n.variable(sumScope, n.weights[i].Name)
		sum.SetNodeValue(Add(sum.NodeValue(g), gradient))
	}
	loss := n.variable(lossScope, lossSum)
	loss.SetNodeValue(Add(loss.NodeValue(g), Mul(scores.Loss, share)))
	return nil
}

// applyGraph is the update by the sums, which it clears.
func (n *network) applyGraph(_ *gomlx.Scope, in []*Node) []*Node {
	g := in[0].Graph()
	sums := make([]*Node, len(n.weights))
	for i, w := range n.weights {
		v := n.variable(sumScope, w.Name)
		sums[i] = v.NodeValue(g)
		v.SetNodeValue(ZerosLike(sums[i]))
	}
	v := n.variable(lossScope, lossSum)
	loss := v.NodeValue(g)
	v.SetNodeValue(ZerosLike(loss))
	return []*Node{loss, n.descend(sums, in)}
}
