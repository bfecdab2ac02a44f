package heads

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestRolloutByHand(t *testing.T) {
	r := NewRollout(2)
	r.Add([]float32{1, 0, 1, 0})                         // the second position looks at the first
	r.Add([]float32{1, 0, 1, 0}, []float32{1, 0, 0, 1})  // of two heads one looks at the first, one at itself
	want := []float32{1, 0, 0.25 + 0.75*0.5, 0.75 * 0.5} // 0.75 of the second position stays, half of which was the first's
	if diff := cmp.Diff(want, r.Weights()); diff != "" {
		t.Error(diff)
	}
}

func TestRolloutBeforeTheFirstLayerIsItself(t *testing.T) {
	if diff := cmp.Diff([]float32{1, 0, 0, 1}, NewRollout(2).Weights()); diff != "" {
		t.Error(diff)
	}
}

func TestRolloutOfAnyLayers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const n, count = 12, 3
	var layers [4][][]float32
	for i := range layers {
		for range count {
			weights := make([]float32, n*n)
			for q := range n {
				for k := range q + 1 {
					weights[q*n+k] = r.Float32() + 0.01
				}
			}
			layers[i] = append(layers[i], weights)
		}
	}
	straight, permuted := NewRollout(n), NewRollout(n)
	for _, heads := range layers {
		straight.Add(heads...)
		permuted.Add(heads[2], heads[0], heads[1])
	}
	for q := range n {
		sum := 0.0
		for k, w := range straight.Weights()[q*n:][:n] {
			if sum += float64(w); w < 0 || k > q && w != 0 {
				t.Errorf("position %d holds %v of input %d", q, w, k)
			}
		}
		if math.Abs(sum-1) > 1e-6 {
			t.Errorf("the row of position %d sums to %v", q, sum)
		}
	}
	if diff := cmp.Diff(straight.Weights(), permuted.Weights(), cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Errorf("the order of the heads matters: %s", diff)
	}
}
