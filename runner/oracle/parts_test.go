package oracle

import (
	"math"

	"gorgonia.org/gorgonia"
)

// linear is x·Wᵀ, plus a bias where the model has one; weights are [out,in].
func (t *tape) linear(x matrix, name string, bias bool) matrix {
	y := t.mul(x, t.turned(t.p(name+".weight")))
	if bias {
		y = t.add(y, t.spread(t.p(name+".bias"), y.Shape()[0]))
	}
	return y
}

// scale multiplies columns by a row of weights.
func (t *tape) scale(x matrix, name string) matrix {
	return t.times(x, t.spread(t.p(name), x.Shape()[0]))
}

// rmsNorm is Zhang & Sennrich 2019: x / √(mean x² + ε) · w.
func (t *tape) rmsNorm(eps float64) func(x matrix, name string) matrix {
	return func(x matrix, name string) matrix {
		square := t.plus(t.scaled(t.rowSums(t.times(x, x)), 1/float64(x.Shape()[1])), eps)
		return t.scale(t.over(x, gorgonia.Must(gorgonia.Sqrt(square))), name+".weight")
	}
}

// layerNorm is Ba, Kiros & Hinton 2016: (x − mean) / √(variance + ε) · w + b.
func (t *tape) layerNorm(eps float64) func(x matrix, name string) matrix {
	return func(x matrix, name string) matrix {
		n := 1 / float64(x.Shape()[1])
		centred := t.sub(x, t.scaled(t.rowSums(x), n))
		variance := t.plus(t.scaled(t.rowSums(t.times(centred, centred)), n), eps)
		y := t.scale(t.over(centred, gorgonia.Must(gorgonia.Sqrt(variance))), name+".weight")
		return t.add(y, t.spread(t.p(name+".bias"), x.Shape()[0]))
	}
}

// geluTanh is x/2 · (1 + tanh(√(2/π)(x + 0.044715 x³))).
func (t *tape) geluTanh(x matrix) matrix {
	inner := t.scaled(t.add(x, t.scaled(t.times(t.times(x, x), x), 0.044715)), math.Sqrt(2/math.Pi))
	return t.scaled(t.times(x, t.plus(gorgonia.Must(gorgonia.Tanh(inner)), 1)), 0.5)
}

// geluErf is x·Φ(x) with erf by its series of terms of one sign, erf z = 2z/√π · e^(−z²) · (1 + 2z²/3·(1 + 2z²/5·(1 + …))),
// whose 60 terms reach float64's precision up to |z| = 3.5.
func (t *tape) geluErf(x matrix) matrix {
	z := t.scaled(x, math.Sqrt2/2)
	square := t.times(z, z)
	sum := t.each(z, 1)
	for k := 60; k > 0; k-- {
		sum = t.plus(t.times(t.scaled(square, 2/float64(2*k+1)), sum), 1)
	}
	bell := gorgonia.Must(gorgonia.Exp(t.scaled(square, -1)))
	erf := t.scaled(t.times(t.times(z, bell), sum), 2/math.Sqrt(math.Pi))
	return t.scaled(t.times(x, t.plus(erf, 1)), 0.5)
}

// silu is x·σ(x).
func (t *tape) silu(x matrix) matrix { return t.times(x, gorgonia.Must(gorgonia.Sigmoid(x))) }

// mlp is act(x·Uᵀ + b)·Dᵀ + c.
func (t *tape) mlp(x matrix, at string, act func(matrix) matrix) matrix {
	return t.linear(act(t.linear(x, at+"up_proj", true)), at+"down_proj", true)
}

// gated is (act(gate) ⊙ up)·Dᵀ (Shazeer 2020); gate and up lie in one matrix, the gate first.
func (t *tape) gated(x matrix, at string, act func(matrix) matrix, bias bool) matrix {
	both := t.linear(x, at+"gate_up_proj", bias)
	f := both.Shape()[1] / 2
	return t.linear(t.times(act(t.columns(both, span(0, f))), t.columns(both, span(f, f))), at+"down_proj", bias)
}
