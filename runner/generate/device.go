package generate

import (
	"fmt"
	"strings"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"
	gomlx "github.com/gomlx/gomlx/ml/model"

	"inkstone/experiments"
	"inkstone/runner/model"
)

// Shape suffixes: B rows, T tokens of a call, G key-value heads, C columns of the cache, D head size, V vocabulary, K steps
// of a loop.

// device is a model on a backend with its cache: the graphs of a prefill, a step, and a loop of greedy steps.
type device struct {
	backend compute.Backend
	model   experiments.Model
	vocab   int // ids that may be generated, the first of the head's

	store     *gomlx.Store
	names     []string
	columnsIn map[string]bool // matrices that are kept as [in,out]

	prefills      map[int]*gomlx.Exec // by the columns of the cache
	one, many     *gomlx.Exec
	reorderedRows *gomlx.Exec

	first *tensors.Tensor   // int32 [B]
	cache []*tensors.Tensor // keys and values of each layer, [B,G,C,D]
	at    int               // the column of the next token
}

// newDevice puts the weights on the backend.
func newDevice(c Config) (*device, error) {
	d := &device{backend: c.Backend, model: c.Model, vocab: c.Vocab, store: gomlx.NewStore(), columnsIn: map[string]bool{}, prefills: map[int]*gomlx.Exec{}}
	if err := d.load(c); err != nil {
		return nil, err
	}
	return d, d.compile()
}

// load puts values into the weights, which are created at first.
func (d *device) load(c Config) error {
	for _, w := range model.Weights(c.Model, c.Vocab, c.Context) {
		values, err := c.Values(w)
		if err != nil {
			return err
		}
		if int64(len(values)) != w.Size() {
			return fmt.Errorf("%s has %d values, the model needs %d of shape %v", w.Name, len(values), w.Size(), w.Shape)
		}
		shape := w.Shape
		if d.loops() && len(shape) == 2 && !strings.Contains(w.Name, "embed") {
			d.columnsIn[w.Name] = true
			values, shape = transposed(values, shape[0], shape[1]), []int{shape[1], shape[0]}
		}
		value := tensors.FromFlatDataAndDimensions(values, shape...)
		if v := d.store.GetVariable("/" + w.Name); v != nil {
			err = v.SetValue(value)
		} else {
			_, err = d.store.CreateVariable("/"+w.Name, value)
			d.names = append(d.names, w.Name)
		}
		if err != nil {
			return fmt.Errorf("set %s: %w", w.Name, err)
		}
	}
	return nil
}

func (d *device) compile() (err error) {
	for _, e := range []struct {
		exec  **gomlx.Exec
		build func(*gomlx.Scope, []*Node) []*Node
	}{{&d.one, d.stepGraph}, {&d.many, d.loopGraph}, {&d.reorderedRows, reorderGraph}} {
		if *e.exec, err = gomlx.NewExec(d.backend, d.store, e.build); err != nil {
			return fmt.Errorf("set up the graphs of generation: %w", err)
		}
		(*e.exec).SetMaxCache(-1)
	}
	return nil
}

// loops tells whether the backend has loops and writes slices in place: XLA. There, a product with few rows takes half the
// time or less where the weight lies as [in,out], which the plain layout would be brought to in every step.
func (d *device) loops() bool {
	can := d.backend.Capabilities()
	return can.Functions && can.Operations[compute.OpTypeDynamicUpdateSlice]
}

// transposed turns a matrix [rows, columns], row-major.
func transposed(values []float32, rows, columns int) []float32 {
	out := make([]float32, len(values))
	for r := range rows {
		for c := range columns {
			out[c*rows+r] = values[r*columns+c]
		}
	}
	return out
}

// prompts are the first inputs of a call, right-aligned in T columns.
type prompts struct {
	tokens, positions, blocks []int32 // [B,T]
	first, prefix             []int32 // [B]: the first column of the row; the column before which it sees everything
	rows, length, columns     int     // B, T, and the columns of the cache
}

// prefill reads the prompts, begins a new cache, and gives the logits [B,V] of each row's next token.
func (d *device) prefill(p prompts) ([]float32, error) {
	exec := d.prefills[p.columns]
	if exec == nil {
		var err error
		if exec, err = gomlx.NewExec(d.backend, d.store, d.prefillGraph(p.columns)); err != nil {
			return nil, fmt.Errorf("set up the graph of the prompts: %w", err)
		}
		exec.SetMaxCache(-1)
		d.prefills[p.columns] = exec
	}
	d.release()
	d.first, d.at = tensors.FromFlatDataAndDimensions(p.first, p.rows), p.length
	table := func(v []int32) *tensors.Tensor { return tensors.FromFlatDataAndDimensions(v, p.rows, p.length) }
	out, err := exec.Exec(table(p.tokens), table(p.positions), table(p.blocks), d.first, tensors.FromFlatDataAndDimensions(p.prefix, p.rows))
	if err != nil {
		return nil, fmt.Errorf("read the prompts: %w", err)
	}
	d.cache = out[1:]
	return take[float32](out[0])
}

// step reads one token a row and gives the logits [B,V] of the next.
func (d *device) step(next []input) ([]float32, error) {
	out, err := d.call(d.one, packed(next), d.first, int32(d.at))
	if err != nil {
		return nil, fmt.Errorf("step at column %d: %w", d.at, err)
	}
	d.at++
	d.cache = out[1:]
	return take[float32](out[0])
}

// loopSteps is K, the most steps of one call: many, to pay for the call; few, so that text appears at once.
const loopSteps = 16

// steps reads one token a row and goes on greedily for count ≤ loopSteps tokens; advance is what the positions grow by. It
// gives the ids [B,K] and their log probabilities, of which the first count columns hold.
func (d *device) steps(next, advance []input, count int) (ids []int32, logProbs []float32, err error) {
	b := len(next)
	out, err := d.call(d.many, packed(next), d.first, int32(d.at), packed(advance), int32(d.at), int32(d.at+count),
		tensors.FromFlatDataAndDimensions(make([]int32, b*loopSteps), b, loopSteps), tensors.FromFlatDataAndDimensions(make([]float32, b*loopSteps), b, loopSteps))
	if err != nil {
		return nil, nil, fmt.Errorf("steps from column %d: %w", d.at, err)
	}
	d.at += count
	d.cache = out[2:]
	if ids, err = take[int32](out[0]); err != nil {
		return nil, nil, err
	}
	logProbs, err = take[float32](out[1])
	return ids, logProbs, err
}

// reorder makes row i of the cache what row parents[i] was.
func (d *device) reorder(parents []int32) error {
	index := tensors.FromFlatDataAndDimensions(parents, len(parents))
	out, err := d.call(d.reorderedRows, index, d.first)
	if err != nil {
		return fmt.Errorf("reorder the beams: %w", err)
	}
	d.first, d.cache = out[0], out[1:]
	return nil
}

// call runs a graph on arguments and the cache, which it consumes: the backend may write into it.
func (d *device) call(exec *gomlx.Exec, args ...any) ([]*tensors.Tensor, error) {
	for _, c := range d.cache {
		donated, err := DonateTensorBuffer(c, d.backend, 0)
		if err != nil {
			return nil, err
		}
		args = append(args, donated)
	}
	d.cache = nil
	return exec.Exec(args...)
}

// release gives the cache's memory back.
func (d *device) release() {
	for _, c := range d.cache {
		c.MustFinalizeAll()
	}
	d.cache = nil
}

// packed are the inputs of a step as one tensor, [3,B]: ids, positions, block positions.
func packed(inputs []input) *tensors.Tensor {
	b := len(inputs)
	all := make([]int32, 3*b)
	for i, in := range inputs {
		all[i], all[b+i], all[2*b+i] = in.id, in.position, in.block
	}
	return tensors.FromFlatDataAndDimensions(all, 3, b)
}

// take copies a result to the host and gives its memory back.
func take[T float32 | int32](t *tensors.Tensor) ([]T, error) {
	defer t.MustFinalizeAll()
	return tensors.CopyFlatData[T](t)
}
