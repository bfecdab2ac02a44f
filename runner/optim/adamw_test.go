package optim

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"

	"inkstone/experiments"
	"inkstone/runner/reference"
)

// plain is AdamW in float64 on one list of parameters: its updates are what the graph's are compared with.
type plain struct{ value, moment1, moment2 []float64 }

func (p *plain) update(t experiments.Train, rate float64, n int, decays bool, gradient []float64) {
	for i, g := range gradient {
		p.moment1[i] = t.AdamBeta1*p.moment1[i] + (1-t.AdamBeta1)*g
		p.moment2[i] = t.AdamBeta2*p.moment2[i] + (1-t.AdamBeta2)*g*g
		m := p.moment1[i] / (1 - math.Pow(t.AdamBeta1, float64(n)))
		v := p.moment2[i] / (1 - math.Pow(t.AdamBeta2, float64(n)))
		if decays {
			p.value[i] -= rate * t.WeightDecay * p.value[i]
		}
		p.value[i] -= rate * m / (math.Sqrt(v) + t.AdamEpsilon)
	}
}

func narrowed(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

func TestAdamW(t *testing.T) {
	b := reference.Backend(t)
	train := experiments.Train{AdamBeta1: 0.9, AdamBeta2: 0.95, AdamEpsilon: 1e-8, WeightDecay: 0.5}
	for name, decays := range map[string]bool{"decays": true, "does not decay": false} {
		t.Run(name, func(t *testing.T) {
			exec, err := NewExec(b, func(in []*Node) []*Node {
				value, m1, m2 := AdamW(train, Scalars{in[4], in[5], in[6]}, decays, in[0], in[1], in[2], in[3])
				return []*Node{value, m1, m2}
			})
			if err != nil {
				t.Fatal(err)
			}
			want := plain{[]float64{1, -2, 0.5}, make([]float64, 3), make([]float64, 3)}
			value, m1, m2 := narrowed(want.value), make([]float32, 3), make([]float32, 3)
			for n, gradient := range [][]float64{{0.5, -1, 0}, {0.25, 3, 1e-3}, {-2, 0.125, 0}} {
				rate := 0.1 / float64(n+1)
				c1, c2 := Corrections(train, n+1)
				out, err := exec.Call(value, m1, m2, narrowed(gradient), float32(rate), float32(c1), float32(c2))
				if err != nil {
					t.Fatal(err)
				}
				value, m1, m2 = flat(t, out[0]), flat(t, out[1]), flat(t, out[2])
				want.update(train, rate, n+1, decays, gradient)
				for i := range value {
					if math.Abs(float64(value[i])-want.value[i]) > 1e-6 || math.Abs(float64(m2[i])-want.moment2[i]) > 1e-6 {
						t.Errorf("update %d, value %d: %v with moment %v, want %v with %v", n+1, i, value[i], m2[i], want.value[i], want.moment2[i])
					}
				}
			}
		})
	}
}

func flat(t *testing.T, from *tensors.Tensor) []float32 {
	t.Helper()
	values, err := tensors.CopyFlatData[float32](from)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func TestClipNorm(t *testing.T) {
	b := reference.Backend(t)
	for _, test := range []struct {
		limit float64
		want  []float32 // of the gradients (3, 0) and (4), whose norm is 5
	}{{0, []float32{3, 0, 4}}, {10, []float32{3, 0, 4}}, {1, []float32{0.6, 0, 0.8}}} {
		exec, err := NewExec(b, func(in []*Node) []*Node {
			clipped, norm := ClipNorm(in, test.limit)
			return append(clipped, norm)
		})
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Call([]float32{3, 0}, []float32{4})
		if err != nil {
			t.Fatal(err)
		}
		got := append(flat(t, out[0]), flat(t, out[1])...)
		for i := range got {
			if math.Abs(float64(got[i]-test.want[i])) > 1e-6 {
				t.Errorf("limit %v: %v, want %v", test.limit, got, test.want)
			}
		}
		if norm := flat(t, out[2])[0]; norm != 5 {
			t.Errorf("limit %v: norm = %v, want 5", test.limit, norm)
		}
	}
}
