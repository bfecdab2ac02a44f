package generate

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	gomlx "github.com/gomlx/gomlx/ml/model"

	"inkstone/runner/model"
)

// parameters are the weights' nodes in a graph, as they are stored, in their order.
func (d *device) parameters(g *Graph) []*Node {
	all := make([]*Node, len(d.weights))
	for i, w := range d.weights {
		all[i] = d.store.GetVariable("/" + w.Name).NodeValue(g)
	}
	return all
}

// lookup gives weights by name in the shape that the model asks for.
func (d *device) lookup(parameters []*Node) model.Lookup {
	byName := make(map[string]*Node, len(parameters))
	for i, w := range d.weights {
		byName[w.Name] = parameters[i]
	}
	return func(name string) *Node {
		if d.columnsIn[name] {
			return TransposeAllAxes(byName[name], 1, 0)
		}
		return byName[name]
	}
}

// logits of the last column, [B,V] in float32, of the ids that may be generated.
func (d *device) logits(w model.Lookup, in model.Inputs) *Node {
	hidden_BTH := model.Forward(d.model, w, in, model.Capture{}).Hidden
	last_BH := Squeeze(SliceAxis(hidden_BTH, 1, AxisElem(-1)), 1)
	logits_BV := SliceAxis(model.Logits(d.model, w, last_BH), 1, AxisRange(0, d.vocab))
	return ConvertDType(logits_BV, dtypes.Float32)
}

// prefillGraph takes tokens, positions and block positions [B,T], first and prefix [B].
func (d *device) prefillGraph(columns int) func(*gomlx.Scope, []*Node) []*Node {
	return func(_ *gomlx.Scope, in []*Node) []*Node {
		cache := &model.Cache{Columns: columns}
		inputs := cache.Attach(model.Inputs{Tokens: in[0], Positions: in[1], Blocks: in[2], First: in[3], Prefix: in[4]})
		logits_BV := d.logits(d.lookup(d.parameters(in[0].Graph())), inputs)
		return append([]*Node{logits_BV}, joined(cache)...)
	}
}

// stepGraph takes packed inputs [3,B], first [B], the column, and the cache.
func (d *device) stepGraph(_ *gomlx.Scope, in []*Node) []*Node {
	logits_BV, cache := d.next(d.parameters(in[0].Graph()), in[0], in[1], in[2], in[3:])
	return append([]*Node{logits_BV}, cache...)
}

// next is one step: the logits [B,V] and the new cache.
func (d *device) next(parameters []*Node, packed_3B, first_B, at *Node, old []*Node) (logits_BV *Node, cache []*Node) {
	part := func(i int) *Node { return TransposeAllAxes(SliceAxis(packed_3B, 0, AxisElem(i)), 1, 0) }
	c := &model.Cache{Columns: old[0].Shape().Dimensions[2], At: at}
	for i := 0; i < len(old); i += 2 {
		c.Keys, c.Values = append(c.Keys, old[i]), append(c.Values, old[i+1])
	}
	inputs := c.Attach(model.Inputs{Tokens: part(0), Positions: part(1), Blocks: part(2), First: first_B})
	logits_BV = d.logits(d.lookup(parameters), inputs)
	return logits_BV, joined(c)
}

// joined lists a cache layer by layer.
func joined(c *model.Cache) []*Node {
	var all []*Node
	for layer := range c.Keys {
		all = append(all, c.Keys[layer], c.Values[layer])
	}
	return all
}

// loopGraph takes packed inputs [3,B], first [B], the column, what each step adds to the inputs [3,B], the columns of the
// loop's begin and end, room for ids and log probabilities [B,K], and the cache. Everything that a step reads is part of
// the loop's state, weights too: XLA's builder lets no operation mix values from inside and outside of a loop.
func (d *device) loopGraph(_ *gomlx.Scope, in []*Node) []*Node {
	const at, end, ids, logProbs, cache = 2, 5, 6, 7, 8
	g := in[0].Graph()
	state := append(append([]*Node{}, in...), d.parameters(g)...)
	inside := func(g *Graph) []*Node {
		all := make([]*Node, len(state))
		for i, s := range state {
			all[i] = Parameter(g, fmt.Sprintf("state%d", i), s.Shape())
		}
		return all
	}
	goesOn := NewClosure(g, func(g *Graph) []*Node {
		s := inside(g)
		return []*Node{LessThan(s[at], s[end])}
	})
	body := NewClosure(g, func(g *Graph) []*Node {
		s := inside(g)
		logits_BV, newCache := d.next(s[len(in):], s[0], s[1], s[at], s[cache:len(in)])
		copy(s[cache:], newCache)
		id_B, logProb_B := greedy(logits_BV)
		zero, column := Sub(s[at], s[at]), Sub(s[at], s[4])
		s[ids] = DynamicUpdateSlice(s[ids], InsertAxes(id_B, -1), []*Node{zero, column})
		s[logProbs] = DynamicUpdateSlice(s[logProbs], InsertAxes(logProb_B, -1), []*Node{zero, column})
		s[0] = Concatenate([]*Node{InsertAxes(id_B, 0), SliceAxis(Add(s[0], s[3]), 0, AxisRange(1, 3))}, 0)
		s[at] = Add(s[at], Const(g, int32(1)))
		return s
	})
	out := While(goesOn, body, state...)
	return append([]*Node{out[ids], out[logProbs]}, out[cache:len(in)]...)
}

// greedy takes the most probable ids [B] of logits [B,V], and the logarithms of their probabilities.
func greedy(logits_BV *Node) (id_B, logProb_B *Node) {
	largest_B := ReduceMax(logits_BV, -1)
	sum_B := ReduceSum(Exp(Sub(logits_BV, BroadcastLike(InsertAxes(largest_B, -1), logits_BV))), -1)
	return ArgMax(logits_BV, -1, dtypes.Int32), Neg(Log(sum_B))
}

// reorderGraph takes the row numbers [B], first, and the cache.
func reorderGraph(_ *gomlx.Scope, in []*Node) []*Node {
	index := InsertAxes(in[0], -1)
	out := make([]*Node, len(in)-1)
	for i, x := range in[1:] {
		out[i] = Gather(x, index)
	}
	return out
}
