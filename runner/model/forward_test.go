package model_test

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/reference"
)

// kinds are models of every kind of block.
func kinds() map[string]experiments.Model {
	all := map[string]experiments.Model{}
	for _, positions := range []string{"rotary", "rotary-2d", "learned", "absolute", "none"} {
		for _, norm := range []string{"rmsnorm", "layernorm"} {
			all[positions+", "+norm] = with(func(m *experiments.Model) { m.Positions, m.Norm = positions, norm })
		}
	}
	for _, mlp := range []string{"geglu", "gelu", "gelu-erf", "none"} {
		all[mlp] = with(func(m *experiments.Model) { m.MLP = mlp })
	}
	for _, placement := range []string{"sandwich", "normed-residual", "post"} {
		all[placement] = with(func(m *experiments.Model) { m.NormPlacement, m.ResidualScale, m.LinearBias = placement, 2, true })
	}
	all["wide heads"] = with(func(m *experiments.Model) { m.HeadDim, m.RopePairing = 12, "half" })
	all["types"] = with(func(m *experiments.Model) { m.TypeVocabSize = 2 })
	all["tied, no bias"] = with(func(m *experiments.Model) { m.TieWordEmbeddings, m.AttentionBias = true, false })
	return all
}

func TestAttentionIsCausalAndSumsToOne(t *testing.T) {
	const n = 6
	for name, m := range kinds() {
		t.Run(name, func(t *testing.T) {
			for _, p := range forward(t, m, row(1, 2, 3, 4, 5, 6))[1:] {
				for q := range len(p) / n {
					sum := 0.0
					for k, v := range p[q*n : q*n+n] {
						sum += float64(v)
						if k > q%n && v != 0 {
							t.Fatalf("query %d sees key %d with %v", q%n, k, v)
						}
					}
					if math.Abs(sum-1) > 1e-6 {
						t.Fatalf("query %d: probabilities sum to %v", q%n, sum)
					}
				}
			}
		})
	}
}

// Part A (the first three columns) sees all of itself and nothing of B; B sees A and what came before in B.
func TestPrefixMask(t *testing.T) {
	const n, prefix = 6, 3
	base := row(1, 2, 3, 4, 5, 6)
	base.prefix = []int32{prefix}
	before := forward(t, small(), base)[0]
	for changed := range n {
		other := row(1, 2, 3, 4, 5, 6)
		other.prefix = base.prefix
		other.tokens[0][changed] = 9
		after := forward(t, small(), other)[0]
		for column := range n {
			sees := changed <= column || changed < prefix
			at := column * vocab
			if moved := reference.Distance(before[at:at+vocab], after[at:at+vocab]) > 0; moved != sees {
				t.Errorf("token %d changed: column %d moved %v, want %v", changed, column, moved, sees)
			}
		}
	}
}

// What a row may see: in both directions, behind padding on either side, within its document alone.
func TestMasks(t *testing.T) {
	for _, test := range []struct {
		name string
		set  func(*rows)
		sees func(query, key int) bool
	}{
		{"bidirectional", func(r *rows) { r.bidirectional = true }, func(_, _ int) bool { return true }},
		{"padded left", func(r *rows) { r.first = []int32{2} }, func(q, k int) bool { return k >= 2 && k <= q }},
		{"padded right", func(r *rows) { r.end = []int32{4} }, func(q, k int) bool { return k < 4 && k <= q }},
		{"encoder's padding", func(r *rows) { r.bidirectional, r.end = true, []int32{4} }, func(_, k int) bool { return k < 4 }},
		{"packed", func(r *rows) { r.documents = [][]int32{{0, 0, 0, 1, 1, 1}} }, func(q, k int) bool { return k <= q && k/3 == q/3 }},
		{"padded prefix", func(r *rows) { r.first, r.prefix = []int32{1}, []int32{3} }, func(q, k int) bool { return k >= 1 && (k <= q || k < 3) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			const n = 6
			r := row(1, 2, 3, 4, 5, 6)
			test.set(&r)
			for _, p := range forward(t, small(), r)[1:] {
				for i, v := range p {
					query, key := i/n%n, i%n
					if blank := r.first != nil && query < int(r.first[0]); !blank && (v > 0) != test.sees(query, key) {
						t.Fatalf("query %d sees key %d with %v", query, key, v)
					}
				}
			}
		})
	}
}

func TestShiftedPositions(t *testing.T) {
	for _, test := range []struct {
		positions string
		same      bool
	}{{"rotary", true}, {"rotary-2d", true}, {"none", true}, {"learned", false}} {
		m := with(func(m *experiments.Model) { m.Positions = test.positions })
		base := row(1, 2, 3, 4, 5)
		moved := base
		moved.positions, moved.blocks = shifted(base.positions, 7), shifted(base.blocks, 3)
		d := reference.Distance(forward(t, m, base)[0], forward(t, m, moved)[0])
		if reference.Near(d, 2e-5) != test.same {
			t.Errorf("%s: moving all positions changes logits by %v, want no change: %v", test.positions, d, test.same)
		}
	}
}

// Relative positions matter: a gap in the positions, or in the block positions of rotary-2d, changes what comes after it.
func TestPositionsMatter(t *testing.T) {
	for _, test := range []struct {
		positions       string
		position, block bool
	}{{"rotary", true, false}, {"rotary-2d", true, true}, {"learned", true, true}, {"none", false, false}} {
		m := with(func(m *experiments.Model) { m.Positions = test.positions })
		before := forward(t, m, row(1, 2, 3, 4, 5))[0]
		gap := row(1, 2, 3, 4, 5)
		gap.positions[0][4] += 9
		if d := reference.Distance(before, forward(t, m, gap)[0]); (d > 1e-4) != test.position {
			t.Errorf("%s: a gap in the positions changes logits by %v", test.positions, d)
		}
		block := row(1, 2, 3, 4, 5)
		block.blocks[0][4] += 9
		if d := reference.Distance(before, forward(t, m, block)[0]); (d > 1e-4) != test.block {
			t.Errorf("%s: a gap in the block positions changes logits by %v", test.positions, d)
		}
	}
}

// The derivative along the gradient is its norm: (f(w+h·u) − f(w−h·u))/2h for u = g/|g|.
func TestGradients(t *testing.T) {
	const h = 1e-2
	for name, m := range kinds() {
		t.Run(name, func(t *testing.T) {
			list, values, r := model.Weights(m, vocab, length), initial(m), row(1, 2, 3, 4, 5, 6)
			f := func(w model.Lookup, in model.Inputs) *Node {
				logits := model.Logits(m, w, model.Forward(m, w, in, model.Capture{}).Hidden)
				return ReduceAllMean(Sin(logits))
			}
			gradients := evaluate(t, list, values, r, func(w model.Lookup, in model.Inputs) []*Node {
				var at []*Node
				for _, p := range list {
					at = append(at, w(p.Name))
				}
				return Gradient(f(w, in), at...)
			})
			norm := 0.0
			for _, g := range gradients {
				for _, v := range g {
					norm += float64(v) * float64(v)
				}
			}
			norm = math.Sqrt(norm)
			along := func(step float64) float64 {
				moved := map[string][]float32{}
				for i, p := range list {
					for j, v := range values[p.Name] {
						moved[p.Name] = append(moved[p.Name], float32(float64(v)+step*float64(gradients[i][j])/norm))
					}
				}
				return float64(evaluate(t, list, moved, r, func(w model.Lookup, in model.Inputs) []*Node { return []*Node{f(w, in)} })[0][0])
			}
			if slope := (along(h) - along(-h)) / (2 * h); norm == 0 || math.Abs(slope/norm-1) > 0.02 {
				t.Errorf("slope along the gradient %v, its norm %v", slope, norm)
			}
		})
	}
}
