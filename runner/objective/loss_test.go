package objective

import (
	"math"
	"testing"

	"github.com/gomlx/compute/gobackend"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"
)

func TestScore(t *testing.T) {
	b, err := gobackend.New("ops_sequential")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Finalize)
	exec, err := NewExec(b, func(logits, targets, weights *Node) []*Node {
		s := Score(logits, targets, weights)
		return []*Node{s.Loss, s.Correct, s.Weight}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		logits  []float32
		target  int32
		weight  float32
		loss    float64
		correct float32
	}{
		{"alike", []float32{0, 0, 0, 0}, 2, 1, math.Log(4), 0},
		{"known", []float32{float32(math.Log(1)), float32(math.Log(2)), float32(math.Log(5))}, 2, 1, -math.Log(5.0 / 8), 1},
		{"weighted", []float32{float32(math.Log(1)), float32(math.Log(2)), float32(math.Log(5))}, 1, 3, -3 * math.Log(2.0/8), 0},
		{"no weight", []float32{1, 2, 3}, 0, 0, 0, 0},
		{"large logits", []float32{1e4, 1e4 - 2}, 1, 1, 2 + math.Log1p(math.Exp(-2)), 0},
		{"far below", []float32{0, -1e4}, 0, 1, 0, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := exec.Call([][][]float32{{test.logits}}, [][]int32{{test.target}}, [][]float32{{test.weight}})
			if err != nil {
				t.Fatal(err)
			}
			loss, correct, weight := tensors.ToScalar[float32](out[0]), tensors.ToScalar[float32](out[1]), tensors.ToScalar[float32](out[2])
			if d := math.Abs(float64(loss) - test.loss); !(d <= 1e-5) {
				t.Errorf("loss = %v, want %v", loss, test.loss)
			}
			if correct != test.correct || weight != test.weight {
				t.Errorf("correct = %v of %v, want %v of %v", correct, weight, test.correct, test.weight)
			}
		})
	}
}
