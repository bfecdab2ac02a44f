package model

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
)

// Cache keeps the keys (turned by their positions) and values of a batch for later calls. Its columns are the same for all
// rows: a prefill fills the first ones with its tokens', a later call writes those from At on.
type Cache struct {
	// Keys and Values are [B,G,C,D], one of each a layer. A forward pass appends them, or replaces them.
	Keys, Values []*Node
	// Columns is C.
	Columns int
	// At int32 scalar is the column of a later call's first token; nil in a prefill.
	At *Node
}

// Attach has a forward pass over in keep its keys and values here and, in a later call, attend to the kept ones: each token
// to the columns from its row's first (in.First) up to its own.
func (c *Cache) Attach(in Inputs) Inputs {
	if c.At == nil {
		in.Memory = c.fill
		return in
	}
	in.Allowed, in.Memory = c.visible(in), c.extend
	return in
}

// fill keeps a layer's keys and values [B,G,T,D], with zeros behind them; the pass attends to its own.
func (c *Cache) fill(_ int, k_BGTD, v_BGTD *Node) (k, v *Node) {
	c.Keys, c.Values = append(c.Keys, c.widen(k_BGTD)), append(c.Values, c.widen(v_BGTD))
	return k_BGTD, v_BGTD
}

func (c *Cache) widen(x_BGTD *Node) *Node {
	d := x_BGTD.Shape().Dimensions
	if d[2] == c.Columns {
		return x_BGTD
	}
	return Concatenate([]*Node{x_BGTD, Zeros(x_BGTD.Graph(), shapes.Make(x_BGTD.DType(), d[0], d[1], c.Columns-d[2], d[3]))}, 2)
}

// extend writes a layer's new columns [B,G,T,D] and returns all columns [B,G,C,D].
func (c *Cache) extend(layer int, k_BGTD, v_BGTD *Node) (k_BGCD, v_BGCD *Node) {
	c.Keys[layer], c.Values[layer] = c.write(c.Keys[layer], k_BGTD), c.write(c.Values[layer], v_BGTD)
	return c.Keys[layer], c.Values[layer]
}

// write puts x into the columns from At on. The Go backend cannot write a slice; there x is one column, and chosen by its number.
func (c *Cache) write(all_BGCD, x_BGTD *Node) *Node {
	g, dims := all_BGCD.Graph(), all_BGCD.Shape().Dimensions
	if g.Backend().Capabilities().Operations[compute.OpTypeDynamicUpdateSlice] {
		zero := Sub(c.At, c.At)
		return DynamicUpdateSlice(all_BGCD, x_BGTD, []*Node{zero, zero, c.At, zero})
	}
	column := Iota(g, int32Shape(dims...), 2)
	return Where(Equal(column, BroadcastToDims(c.At, dims...)), BroadcastToDims(x_BGTD, dims...), all_BGCD)
}

// visible says which columns the tokens of a later call may see, [B,1,T,C].
func (c *Cache) visible(in Inputs) *Node {
	g, dims := in.Tokens.Graph(), []int{in.Tokens.Shape().Dimensions[0], in.Tokens.Shape().Dimensions[1], c.Columns}
	column := Iota(g, int32Shape(dims...), 2)
	own := Add(Iota(g, int32Shape(dims...), 1), BroadcastToDims(c.At, dims...))
	visible := LessOrEqual(column, own)
	if in.First != nil {
		visible = LogicalAnd(visible, GreaterOrEqual(column, BroadcastToDims(InsertAxes(in.First, -1, -1), dims...)))
	}
	return InsertAxes(visible, 1)
}
