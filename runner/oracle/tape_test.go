package oracle

import (
	"fmt"
	"maps"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// matrix is a node of gorgonia's graph, always of rank 2.
type matrix = *gorgonia.Node

// array is a matrix on the host, row after row.
type array struct {
	rows, columns int
	values        []float64
}

// fill makes an array of f(row, column).
func fill(rows, columns int, f func(i, j int) float64) array {
	a := array{rows, columns, make([]float64, rows*columns)}
	for i := range rows {
		for j := range columns {
			a.values[i*columns+j] = f(i, j)
		}
	}
	return a
}

// tape builds one graph of gorgonia. It uses products, transposes and functions of single entries alone: vectors are
// spread over rows, rows are summed and columns are picked by products with constants, so that no gradient rests on
// gorgonia's broadcasting, slices or batched products.
type tape struct {
	graph      *gorgonia.ExprGraph
	parameters map[string]array
	used       map[string]matrix
	constants  int
	filled     map[filled]matrix
}

// filled is a shape and the value of all its entries.
type filled struct {
	rows, columns int
	value         float64
}

func newTape(parameters map[string]array) *tape {
	return &tape{graph: gorgonia.NewGraph(), parameters: parameters, used: map[string]matrix{}, filled: map[filled]matrix{}}
}

// p is a parameter by its name; a vector is one row.
func (t *tape) p(name string) matrix {
	if t.used[name] == nil {
		a, ok := t.parameters[name]
		if !ok {
			panic("the model has no parameter " + name)
		}
		t.used[name] = t.input(name, a)
	}
	return t.used[name]
}

// constant is an array in the graph. Gorgonia tells inputs apart by their names.
func (t *tape) constant(a array) matrix {
	t.constants++
	return t.input(fmt.Sprint("constant ", t.constants), a)
}

func (t *tape) input(name string, a array) matrix {
	value := tensor.New(tensor.WithShape(a.rows, a.columns), tensor.WithBacking(a.values))
	return gorgonia.NewMatrix(t.graph, tensor.Float64, gorgonia.WithShape(a.rows, a.columns), gorgonia.WithName(name), gorgonia.WithValue(value))
}

func (t *tape) mul(a, b matrix) matrix   { return gorgonia.Must(gorgonia.Mul(a, b)) }
func (t *tape) add(a, b matrix) matrix   { return gorgonia.Must(gorgonia.Add(a, b)) }
func (t *tape) sub(a, b matrix) matrix   { return gorgonia.Must(gorgonia.Sub(a, b)) }
func (t *tape) times(a, b matrix) matrix { return gorgonia.Must(gorgonia.HadamardProd(a, b)) }
func (t *tape) over(a, b matrix) matrix  { return gorgonia.Must(gorgonia.HadamardDiv(a, b)) }
func (t *tape) turned(a matrix) matrix   { return gorgonia.Must(gorgonia.Transpose(a)) }

// full is a constant whose entries are all v.
func (t *tape) full(rows, columns int, v float64) matrix {
	key := filled{rows, columns, v}
	if t.filled[key] == nil {
		t.filled[key] = t.constant(fill(rows, columns, func(_, _ int) float64 { return v }))
	}
	return t.filled[key]
}

// each is the constant v in the shape of x.
func (t *tape) each(x matrix, v float64) matrix { return t.full(x.Shape()[0], x.Shape()[1], v) }

func (t *tape) scaled(x matrix, by float64) matrix { return t.times(x, t.each(x, by)) }
func (t *tape) plus(x matrix, term float64) matrix { return t.add(x, t.each(x, term)) }
func (t *tape) rowSums(x matrix) matrix {
	return t.mul(x, t.full(x.Shape()[1], x.Shape()[1], 1))
}
func (t *tape) spread(row matrix, rows int) matrix { return t.mul(t.full(rows, 1, 1), row) }

// columns picks columns of x, in the order given.
func (t *tape) columns(x matrix, list []int) matrix {
	return t.mul(x, t.constant(pick(x.Shape()[1], list)))
}

// placed is the opposite of columns: those of x become the listed ones of a matrix as wide as stated, the others are 0.
func (t *tape) placed(x matrix, width int, list []int) matrix {
	return t.mul(x, t.turned(t.constant(pick(width, list))))
}

// pick is the matrix [n, len(list)] that picks columns.
func pick(n int, list []int) array {
	return fill(n, len(list), func(i, j int) float64 {
		if i == list[j] {
			return 1
		}
		return 0
	})
}

// gradients runs the graph and gives the loss with its gradient by every parameter that it uses.
func (t *tape) gradients(loss *gorgonia.Node) (float64, map[string][]float64, error) {
	names := slices.Sorted(maps.Keys(t.used))
	var by gorgonia.Nodes
	for _, name := range names {
		by = append(by, t.used[name])
	}
	slopes, err := gorgonia.Grad(loss, by...)
	if err != nil {
		return 0, nil, err
	}
	value, err := t.runs(loss)()
	if err != nil {
		return 0, nil, err
	}
	all := map[string][]float64{}
	for i, name := range names {
		all[name] = slopes[i].Value().Data().([]float64)
	}
	return value, all, nil
}

// runs compiles the graph. The function runs it on what the parameters' arrays hold by then, and gives the value of a scalar.
func (t *tape) runs(scalar *gorgonia.Node) func() (float64, error) {
	machine := gorgonia.NewTapeMachine(t.graph)
	return func() (float64, error) {
		machine.Reset()
		if err := machine.RunAll(); err != nil {
			return 0, err
		}
		return scalar.Value().Data().(float64), nil
	}
}
