package model_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/optim"
	"inkstone/runner/reference"
)

// TestFixtureUpdates compares the parameters after some updates of AdamW on the fixtures' batches, and the losses on the way.
func TestFixtureUpdates(t *testing.T) {
	for _, test := range []struct {
		folder  string
		train   experiments.Train
		batches []string
		after   string
		losses  []float64
		near    float64
	}{
		{
			"glm4", experiments.Train{LearningRate: 1e-3, AdamBeta1: 0.9, AdamBeta2: 0.95, AdamEpsilon: 1e-8, WeightDecay: 0.1},
			[]string{"unpadded", "left_padded", "right_padded"}, "adamw_step3.safetensors",
			[]float64{5.5872368812561035, 5.202486038208008, 5.60594367980957}, 2e-6,
		},
		{
			"glm_base", experiments.Train{LearningRate: 2e-3, AdamBeta1: 0.9, AdamBeta2: 0.98, AdamEpsilon: 1e-6, WeightDecay: 0.1},
			slices.Repeat([]string{"token_level"}, 5), "adamw_step5.safetensors",
			[]float64{8.002718670342814, 5.751521977074316, 4.296585581343603, 3.6334206901238106, 3.1462980887189933}, 1e-5,
		},
	} {
		t.Run(test.folder, func(t *testing.T) {
			f := familyOf(t, test.folder)
			file := f.read(t, "expected.safetensors")
			values := withMoments(f.list, f.values)
			for i, batch := range test.batches {
				loss := f.update(t, test.train, values, fixtureRows(t, file, batch), i+1)
				lossIsNear(t, loss, test.losses[i])
			}
			worst := 0.0
			for name, want := range valuesOf(t, f.open(t, test.after)) {
				for j, v := range want {
					if !f.moves(name, j) {
						continue
					}
					d := math.Abs(float64(values[name][j]) - float64(v))
					worst = max(worst, d)
					if !reference.Near(d, test.near) {
						t.Errorf("%s[%d] = %v, want %v", name, j, values[name][j], v)
						break
					}
				}
			}
			t.Logf("parameters differ by at most %.1e", worst)
		})
	}
}

// moves tells whether a value's gradient is more than rounding noise, which AdamW scales up to steps as large as any. A key's
// bias adds the same to all of a query's scores, except in dimensions that are turned by positions.
func (f family) moves(name string, i int) bool {
	if !strings.HasSuffix(name, "k_proj.bias") {
		return true
	}
	turned := float64(model.HeadDim(f.model)) * f.model.PartialRotaryFactor
	return float64(i%model.HeadDim(f.model)) < turned
}

// moments are AdamW's, under names of their own.
var moments = []string{"moment1/", "moment2/"}

func withMoments(list []model.Weight, values map[string][]float32) map[string][]float32 {
	for _, w := range list {
		for _, moment := range moments {
			values[moment+w.Name] = make([]float32, w.Size())
		}
	}
	return values
}

// update is one step of AdamW on parameters and moments. It returns the loss before.
func (f family) update(t *testing.T, train experiments.Train, values map[string][]float32, r rows, step int) []float32 {
	t.Helper()
	var all []model.Weight
	for _, w := range f.list {
		for _, prefix := range append([]string{""}, moments...) {
			all = append(all, model.Weight{prefix + w.Name, w.Shape, model.StartZero})
		}
	}
	out := evaluate(t, all, values, r, func(w model.Lookup, in model.Inputs) []*Node {
		g := in.Tokens.Graph()
		number := func(x float64) *Node { return Const(g, float32(x)) }
		correct1, correct2 := optim.Corrections(train, step)
		scalars := optim.Scalars{Rate: number(train.LearningRate), Correct1: number(correct1), Correct2: number(correct2)}
		var at []*Node
		for _, p := range f.list {
			at = append(at, w(p.Name))
		}
		loss := f.loss(w, in, r)
		nodes := []*Node{loss}
		for i, gradient := range Gradient(loss, at...) {
			p := f.list[i]
			value, m1, m2 := optim.AdamW(train, scalars, p.Decays(), at[i], w(moments[0]+p.Name), w(moments[1]+p.Name), gradient)
			nodes = append(nodes, value, m1, m2)
		}
		return nodes
	})
	for i, p := range all {
		values[p.Name] = out[1+i]
	}
	return out[0]
}
