package objective

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"

	"inkstone/runner/reference"
)

func TestScore(t *testing.T) {
	b := reference.Backend(t)
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

// smoothed is the cross entropy against (1−ε)·target + ε/V, in float64.
func smoothed(logits []float64, target int, epsilon float64) float64 {
	sum := 0.0
	for _, x := range logits {
		sum += math.Exp(x)
	}
	loss := 0.0
	for i, x := range logits {
		want := epsilon / float64(len(logits))
		if i == target {
			want += 1 - epsilon
		}
		loss += want * (math.Log(sum) - x)
	}
	return loss
}

func TestLabelSmoothing(t *testing.T) {
	b := reference.Backend(t)
	logits := []float64{0.5, -1, 2, 0.25}
	narrow := make([]float32, len(logits))
	for i, x := range logits {
		narrow[i] = float32(x)
	}
	for _, epsilon := range []float64{0, 0.1, 0.5} {
		exec, err := NewExec(b, func(logits, targets, weights *Node) []*Node {
			s := ScoreSmoothed(logits, targets, weights, epsilon)
			return []*Node{s.Objective, s.Loss}
		})
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Call([][][]float32{{narrow, narrow}}, [][]int32{{2, 1}}, [][]float32{{2, 1}})
		if err != nil {
			t.Fatal(err)
		}
		want := 2*smoothed(logits, 2, epsilon) + smoothed(logits, 1, epsilon)
		if got := float64(tensors.ToScalar[float32](out[0])); math.Abs(got-want) > 1e-5 {
			t.Errorf("smoothing %v: objective %v, want %v", epsilon, got, want)
		}
		want = 2*smoothed(logits, 2, 0) + smoothed(logits, 1, 0)
		if got := float64(tensors.ToScalar[float32](out[1])); math.Abs(got-want) > 1e-5 {
			t.Errorf("smoothing %v: loss %v, want %v: it stays exact", epsilon, got, want)
		}
	}
}

// A batch without a target has no loss and no gradient, and no NaN.
func TestNoTargets(t *testing.T) {
	b := reference.Backend(t)
	exec, err := NewExec(b, func(logits, targets, weights *Node) []*Node {
		s := ScoreSmoothed(logits, targets, weights, 0.1)
		loss := PerTarget(s.Objective, s.Weight)
		return append(Gradient(loss, logits), loss)
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Call([][][]float32{{{1, 2, 3}, {0, 0, 0}}}, [][]int32{{0, 0}}, [][]float32{{0, 0}})
	if err != nil {
		t.Fatal(err)
	}
	gradient, err := tensors.CopyFlatData[float32](out[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range append(gradient, tensors.ToScalar[float32](out[1])) {
		if x != 0 {
			t.Errorf("gradient and loss are %v, %v, want zeros", gradient, tensors.ToScalar[float32](out[1]))
			break
		}
	}
}
