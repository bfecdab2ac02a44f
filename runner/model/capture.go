package model

import (
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
)

// Capture says what a forward pass hands out beside its result. What is not asked for is not computed.
type Capture struct {
	// Attention asks for the probabilities, Hidden for the stream.
	Attention, Hidden bool
	// Layers, Heads, Rows (of the batch) and Queries (positions, for Attention alone) choose; nil stands for all of them.
	Layers, Heads, Rows, Queries []int
}

// Output is what a forward pass gives.
type Output struct {
	// Hidden [B,T,H] is the stream behind the final norm, where there is one, and Stream [B,T,H] before it.
	Hidden, Stream *Node
	// Attention holds the captured layers' probabilities [B,N,T,S], each row of which sums to 1 (before any are dropped), and States the stream [B,T,H] that enters them: the sum of
	// the embeddings for layer 0. In the order of Capture.Layers, and with its rows, heads and queries alone.
	Attention, States []*Node
}

// layers are the captured layers of a model of l layers.
func (c Capture) layers(l int) []int {
	if c.Layers != nil {
		return c.Layers
	}
	all := make([]int, l)
	for i := range all {
		all[i] = i
	}
	return all
}

// attention cuts a layer's probabilities [B,N,T,S] to what is captured. A node of its own leaves the graph behind the last
// parameter, where the Go backend wants a graph's results to be.
func (c Capture) attention(p_BNTS *Node) *Node {
	return Identity(choose(choose(choose(p_BNTS, 0, c.Rows), 1, c.Heads), 2, c.Queries))
}

// state cuts the stream [B,T,H] to what is captured, as attention does.
func (c Capture) state(x_BTH *Node) *Node { return Identity(choose(x_BTH, 0, c.Rows)) }

// choose keeps some places of an axis, in the order given; nil keeps all.
func choose(x *Node, axis int, places []int) *Node {
	if places == nil {
		return x
	}
	parts := make([]*Node, len(places))
	for i, place := range places {
		parts[i] = SliceAxis(x, axis, AxisElem(place))
	}
	return Concatenate(parts, axis)
}
