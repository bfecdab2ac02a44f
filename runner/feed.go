package runner

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"

	"inkstone/runner/model"
	"inkstone/runner/objective"
)

// What hostBatch gives a graph, in this order; batchInputs is how many they are.
const (
	inTokens = iota
	inTargets
	inWeights
	inPositions
	inBlocks
	inPrefix
	inDocuments
	inValid
	inPlaces
	batchInputs
)

// stepInputs is how many nodes stepScalars gives a graph.
const stepInputs = 3

// hostBatch is a batch as the graphs take it.
func hostBatch(b objective.Batch) []any { return hostRows(b, 0, b.Rows) }

// hostRows are the rows of a batch from one up to, but without, another.
func hostRows(b objective.Batch, from, to int) []any {
	table := func(values []int32) *tensors.Tensor {
		return tensors.FromFlatDataAndDimensions(values[from*b.Length:to*b.Length], to-from, b.Length)
	}
	column := func(values []int32) *tensors.Tensor {
		return tensors.FromFlatDataAndDimensions(values[from:to], to-from)
	}
	documents := b.Documents
	if documents == nil {
		documents = make([]int32, b.Rows*b.Length)
	}
	weights := b.Weights[from*b.Length : to*b.Length]
	places := scoredPlaces(weights)
	args := make([]any, batchInputs)
	args[inTokens], args[inTargets] = table(b.Inputs), table(b.Targets)
	args[inWeights] = tensors.FromFlatDataAndDimensions(weights, to-from, b.Length)
	args[inPositions], args[inBlocks] = table(b.Positions), table(b.BlockPositions)
	args[inPrefix], args[inDocuments], args[inValid] = column(b.Prefix), table(documents), column(b.Valid)
	args[inPlaces] = tensors.FromFlatDataAndDimensions(places, len(places))
	return args
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
	inputs := model.Inputs{Tokens: in[inTokens], Positions: in[inPositions], Blocks: in[inBlocks], Limit: in[inTokens].Shape().Dimensions[1] + 1}
	if n.spec.Objective.Kind != "causal" {
		inputs.Prefix = in[inPrefix]
	}
	if n.spec.Data.Packing == "documents" {
		inputs.Documents = in[inDocuments]
	}
	if n.spec.Model.Family == "bert" {
		inputs.Valid = in[inValid]
	}
	if n.spec.Train.Precision == "bf16" {
		inputs.Compute = dtypes.BFloat16
	}
	return feed{inputs, in[inTargets], in[inWeights], in[inPlaces]}
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
