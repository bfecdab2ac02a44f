package model_test

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/objective"
	"inkstone/runner/pretrained"
	"inkstone/runner/reference"
	"inkstone/runner/weights"
)

// family is a published model: its folder among the reference values, and the README's tolerances of float32.
type family struct {
	folder          []string
	near, attention float64 // logits and hidden states; attention
	model           experiments.Model
	list            []model.Weight
	values          map[string][]float32
}

// families are all folders with a model.
var families = []family{
	{folder: []string{"glm4"}, near: 2e-5, attention: 2e-6},
	{folder: []string{"glm4", "edge"}, near: 2e-5, attention: 2e-6},
	{folder: []string{"glm4_0414"}, near: 2e-5, attention: 2e-6},
	{folder: []string{"chatglm2"}, near: 2e-5, attention: 2e-6},
	{folder: []string{"chatglm1"}, near: 3e-5, attention: 5e-6},
	{folder: []string{"chatglm1", "glm130b_style"}, near: 3e-5, attention: 5e-6},
	{folder: []string{"glm_base"}, near: 3e-5, attention: 3e-6},
	{folder: []string{"bert_mlm"}, near: 2e-5, attention: 2e-6},
}

// familyOf opens the model of a folder.
func familyOf(t *testing.T, folder ...string) family {
	t.Helper()
	i := slices.IndexFunc(families, func(f family) bool { return slices.Equal(f.folder, folder) })
	if i < 0 {
		t.Fatalf("there is no family %v", folder)
	}
	f := families[i]
	c := f.open(t, "model.safetensors")
	f.model, f.list, f.values = c.Model, c.Parameters, valuesOf(t, c)
	return f
}

// open opens files of the folder as one published model: gradients and updated parameters have its names and shapes, and a
// task's head is a part of one.
func (f family) open(t *testing.T, files ...string) *pretrained.Checkpoint {
	t.Helper()
	dir, all := t.TempDir(), reference.Tensors{}
	for _, file := range files {
		maps.Copy(all, f.read(t, file))
	}
	_, err := weights.Write(filepath.Join(dir, "model.safetensors"), all, nil)
	if err == nil {
		err = os.Symlink(reference.Path(t, f.file("config.json")...), filepath.Join(dir, "config.json"))
	}
	if err != nil {
		t.Fatal(err)
	}
	c, err := pretrained.Open(dir, pretrained.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func (f family) file(name string) []string { return append(slices.Clone(f.folder), name) }

func (f family) read(t *testing.T, name string) reference.Tensors {
	t.Helper()
	return reference.Read(t, f.file(name)...)
}

// valuesOf are all parameters and heads of a model, by Inkstone's names.
func valuesOf(t *testing.T, c *pretrained.Checkpoint) map[string][]float32 {
	t.Helper()
	names := slices.Clone(c.Heads)
	for _, w := range c.Parameters {
		names = append(names, w.Name)
	}
	all := map[string][]float32{}
	for _, name := range names {
		tensor, err := c.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		if all[name], err = tensor.Floats(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// expectation is what a case of a fixture gives.
type expectation struct {
	logits, last []float32 // last is the stream before the final norm
	states       [][]float32
	attention    [][]float32
}

// run evaluates a case: logits, the streams that enter each layer, before and behind the final norm, and attention.
func (f family) run(t *testing.T, r rows) expectation {
	t.Helper()
	layers := f.model.NumHiddenLayers
	out := evaluate(t, f.list, f.values, r, func(w model.Lookup, in model.Inputs) []*Node {
		o := model.Forward(f.model, w, in, model.Capture{Attention: true, Hidden: true})
		return append(append([]*Node{model.Logits(f.model, w, o.Hidden), o.Stream}, append(o.States, o.Hidden)...), o.Attention...)
	})
	return expectation{out[0], out[1], out[2 : 3+layers], out[3+layers:]}
}

// loss is the mean over the weighted targets.
func (f family) loss(w model.Lookup, in model.Inputs, r rows) *Node {
	g := in.Tokens.Graph()
	logits := model.Logits(f.model, w, model.Forward(f.model, w, in, model.Capture{}).Hidden)
	s := objective.Score(logits, Const(g, r.targets), Const(g, r.weights))
	return Div(s.Loss, s.Weight)
}

// rowsDiffer is the largest difference of two tensors [B,·,T,·] where (b,t) is valid; NaN where sizes differ. Inner is
// the size of what lies behind T, between that of what lies between B and T.
func rowsDiffer(got, want []float32, valid [][]int32, between, inner int) float64 {
	if len(got) != len(want) || len(got) != len(valid)*between*len(valid[0])*inner {
		return math.NaN()
	}
	worst := 0.0
	for b := range valid {
		for i := range between {
			for at, ok := range valid[b] {
				if from := ((b*between+i)*len(valid[b]) + at) * inner; ok == 1 {
					worst = max(worst, reference.Distance(got[from:from+inner], want[from:from+inner]))
				}
			}
		}
	}
	return worst
}

// lossIsNear checks a loss within the tolerance that all READMEs share.
func lossIsNear(t *testing.T, got []float32, want float64) {
	t.Helper()
	if d := math.Abs(float64(got[0]) - want); !reference.Near(d, 1e-5) {
		t.Errorf("loss = %v, want %v", got[0], want)
	}
}

// gradientsAreNear checks gradients within 1e-5 + 1e-4 relative.
func gradientsAreNear(t *testing.T, list []model.Weight, got [][]float32, want map[string][]float32) {
	t.Helper()
	worst := 0.0
	for i, w := range list {
		if len(got[i]) != len(want[w.Name]) {
			t.Fatalf("%s has a gradient of %d values, want %d", w.Name, len(got[i]), len(want[w.Name]))
		}
		for j, g := range got[i] {
			exact := float64(want[w.Name][j])
			d := math.Abs(float64(g) - exact)
			worst = max(worst, d)
			if !reference.Near(d, 1e-5+1e-4*math.Abs(exact)) {
				t.Errorf("gradient of %s[%d] = %v, want %v", w.Name, j, g, exact)
				break
			}
		}
	}
	t.Logf("gradients differ by at most %.1e", worst)
}
