package model

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
)

// Inputs are one batch in the graph. What is nil does not restrict anything.
type Inputs struct {
	// Tokens, Positions and Blocks are int32 [B,T]. Rotary, learned and absolute positions need Positions, rotary-2d and
	// learned ones Blocks, too.
	Tokens, Positions, Blocks *Node
	// Limit, where it is not 0, is above all positions and blocks.
	Limit int
	// Types int32 [B,T] are token types; nil stands for type 0 everywhere.
	Types *Node
	// Prefix int32 [B] is the column before which every row sees all that is not padding; from there on, rows see what is
	// not behind them.
	Prefix *Node
	// First and Valid int32 [B] are the first column that is not padding, and the column where the padding on the right
	// begins. A row of padding sees no column and comes out as the mean of all; its results mean nothing.
	First, Valid *Node
	// Documents int32 [B,T] number the documents of packed rows, which do not see each other.
	Documents *Node
	// Bidirectional lets rows see what is behind them.
	Bidirectional bool
	// Random uint64 [sites,3] holds a key for each place where values are dropped, as DropoutKeys gives them; nil drops nothing.
	Random *Node
	// Compute is the type of the stream and the products; without one it is that of the parameters.
	Compute dtypes.DType
	// Recompute keeps only the stream between the blocks for the backward pass, which computes the rest of them again.
	Recompute bool
	// Kept [L,N], where given, is 1 for heads that work and 0 for those whose output is its mean over rows and positions: what
	// the network does without them.
	Kept *Node
	// Allowed [B,1,T,S] or [1,1,T,S], where given, says what rows see in place of all of the above.
	Allowed *Node
	// Memory, where given, takes a layer's keys and values [B,G,T,D], already turned by their positions, and returns those
	// that the queries attend to, [B,G,S,D].
	Memory func(layer int, keys, values *Node) (k, v *Node)
}

// Mask says which columns a row may see: [1,1,T,S], or [B,1,T,S] where rows differ; nil where all see all. An encoder sees
// both sides.
func (in Inputs) Mask() *Node {
	if in.Allowed != nil {
		return in.Allowed
	}
	g, t := in.Tokens.Graph(), in.Tokens.Shape().Dimensions[1]
	column_11S := InsertAxes(Iota(g, int32Shape(1, t), 1), 0)
	perRow := func(column_B *Node) *Node { return InsertAxes(column_B, -1, -1) }
	var allowed *Node // [1,T,S] or [B,T,S]
	if !in.Bidirectional {
		allowed = InsertAxes(LowerTriangular(g, t), 0)
		if in.Prefix != nil {
			allowed = or(allowed, compare(LessThan, column_11S, perRow(in.Prefix)))
		}
	}
	if in.First != nil {
		allowed = and(allowed, compare(GreaterOrEqual, column_11S, perRow(in.First)))
	}
	if in.Valid != nil {
		allowed = and(allowed, compare(LessThan, column_11S, perRow(in.Valid)))
	}
	if in.Documents != nil {
		allowed = and(allowed, compare(Equal, InsertAxes(in.Documents, -1), InsertAxes(in.Documents, 1)))
	}
	if allowed == nil {
		return nil
	}
	return InsertAxes(allowed, 1)
}

// and restricts one mask by another; nil allows everything.
func and(a, b *Node) *Node {
	if a == nil {
		return b
	}
	return compare(LogicalAnd, a, b)
}

func or(a, b *Node) *Node { return compare(LogicalOr, a, b) }

// compare applies a function of two nodes of equal shape to nodes of rank 3 whose axes of size 1 are stretched.
func compare(f func(a, b *Node) *Node, a, b *Node) *Node {
	dims := make([]int, 3)
	for i := range dims {
		dims[i] = max(a.Shape().Dimensions[i], b.Shape().Dimensions[i])
	}
	return f(BroadcastToDims(a, dims...), BroadcastToDims(b, dims...))
}
