package oracle

import (
	"maps"
	"math"
	"slices"
	"testing"

	"inkstone/runner/reference"
)

// bound is the largest difference in float64 that counts as rounding.
const bound = 1e-12

// The product's loss, and its gradients by all parameters, are those of the formulas.
func TestBlocks(t *testing.T) {
	for _, test := range blocks {
		t.Run(test.name, func(t *testing.T) {
			parameters := random(test.model)
			want, gradients := oracle(t, test, parameters)
			loss, all := product(t, test.model, parameters, test.batch)
			d, worst := reference.Distance([]float64{loss}, []float64{want}), 0.0
			if !reference.Near(d, bound) {
				t.Errorf("loss = %v, the oracle's %v", loss, want)
			}
			for _, name := range slices.Sorted(maps.Keys(parameters)) {
				g := reference.Distance(all[name], gradients[name])
				if worst = max(worst, g); !reference.Near(g, bound) {
					t.Errorf("gradients by %s differ by %v", name, g)
				}
			}
			t.Logf("loss %v differs by %v, gradients by %v", want, d, worst)
		})
	}
}

// The oracle's gradients are slopes: for the steepest entry of every parameter, (f(w+h) − f(w−h))/2h.
func TestOracleByDifferences(t *testing.T) {
	const h = 1e-4
	for _, test := range blocks {
		t.Run(test.name, func(t *testing.T) {
			parameters := random(test.model)
			_, gradients := oracle(t, test, parameters)
			tape := newTape(parameters)
			run := tape.runs(tape.loss(test.logits(tape, test.model, test.batch), test.batch))
			loss := func(entry *float64, by float64) float64 {
				before := *entry
				defer func() { *entry = before }()
				*entry += by
				f, err := run()
				if err != nil {
					t.Fatal(err)
				}
				return f
			}
			for name, a := range parameters {
				at := steepest(gradients[name])
				g, entry := gradients[name][at], &a.values[at]
				if slope := (loss(entry, h) - loss(entry, -h)) / (2 * h); !reference.Near(math.Abs(slope-g), 1e-6*max(1, math.Abs(slope))) {
					t.Errorf("the gradient by %s[%d] = %v, the slope %v", name, at, g, slope)
				}
			}
		})
	}
}

// oracle gives the loss of a block's formulas and its gradients; they use every parameter.
func oracle(t *testing.T, b block, parameters map[string]array) (float64, map[string][]float64) {
	t.Helper()
	tape := newTape(parameters)
	loss, gradients, err := tape.gradients(tape.loss(b.logits(tape, b.model, b.batch), b.batch))
	if err != nil {
		t.Fatal(err)
	}
	for name := range parameters {
		if gradients[name] == nil {
			t.Fatalf("the formulas do without %s", name)
		}
	}
	return loss, gradients
}

func steepest(g []float64) int {
	at := 0
	for i, v := range g {
		if math.Abs(v) > math.Abs(g[at]) {
			at = i
		}
	}
	return at
}
