package runner

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"

	"inkstone/runner/model"
	"inkstone/runner/objective"
)

// How many nodes hostBatch and stepScalars give a graph.
const (
	batchInputs = 9
	stepInputs  = 3
)

// hostBatch is a batch as the graphs take it: tokens, targets, weights, positions, blocks, prefix, documents, valid, places.
func hostBatch(b objective.Batch) []any { return hostRows(b, 0, b.Rows) }

// hostRows are the rows of a batch from one up to, but without, another.
func hostRows(b objective.Batch, from, to int) []any {
	int32s := func(values []int32) *tensors.Tensor {
		return tensors.FromFlatDataAndDimensions(values[from*b.Length:to*b.Length], to-from, b.Length)
	}
	documents := b.Documents
	if documents == nil {
		documents = make([]int32, b.Rows*b.Length)
	}
	weights := b.Weights[from*b.Length : to*b.Length]
	places := scoredPlaces(weights)
	return []any{
		int32s(b.Inputs), int32s(b.Targets), tensors.FromFlatDataAndDimensions(weights, to-from, b.Length),
		int32s(b.Positions), int32s(b.BlockPositions), tensors.FromFlatDataAndDimensions(b.Prefix[from:to], to-from),
		int32s(documents), tensors.FromFlatDataAndDimensions(b.Valid[from:to], to-from), tensors.FromFlatDataAndDimensions(places, len(places)),
	}
}

// scoredPlaces lists the places, in the flat order of rows, that the vocabulary's head is computed at: where a quarter of them holds
// all that have a weight, those and others that fill the quarter, else all places. There are two shapes and no more, since graphs are
// compiled for each.
func scoredPlaces(weights []float32) []int32 {
	places, rest := make([]int32, 0, len(weights)), make([]int32, 0, len(weights))
	for i, w := range weights {
		if w != 0 {
			places = append(places, int32(i))
		} else {
			rest = append(rest, int32(i))
		}
	}
	all := append(places, rest...)
	if quarter := (len(weights) + 3) / 4; len(places) <= quarter {
		return all[:quarter]
	}
	return all
}

// feed is hostBatch in a graph.
type feed struct {
	inputs           model.Inputs
	targets, weights *Node // [B,T]
	places           *Node // [K]
}

// feed gives the nodes their meaning. A decoder's rows need not hide the padding behind them.
func (n *network) feed(in []*Node) feed {
	// No position is beyond the row's length, which stands for the end of a full row.
	inputs := model.Inputs{Tokens: in[0], Positions: in[3], Blocks: in[4], Limit: in[0].Shape().Dimensions[1] + 1}
	if n.spec.Objective.Kind != "causal" {
		inputs.Prefix = in[5]
	}
	if n.spec.Data.Packing == "documents" {
		inputs.Documents = in[6]
	}
	if n.spec.Model.Family == "bert" {
		inputs.Valid = in[7]
	}
	if n.spec.Train.Precision == "bf16" {
		inputs.Compute = dtypes.BFloat16
	}
	return feed{inputs, in[1], in[2], in[8]}
}

// scored picks what is computed at the scored places: [B,T,...] becomes [1,K,...], or stays where all are scored.
func (f feed) scored(x *Node) *Node {
	d, k := x.Shape().Dimensions, f.places.Shape().Dimensions[0]
	if k == d[0]*d[1] {
		return x
	}
	flat := Reshape(x, append([]int{-1}, d[2:]...)...)
	return InsertAxes(Gather(flat, InsertAxes(f.places, -1)), 0)
}
