package model

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
	"inkstone/runner/objective"
	"inkstone/runner/weights"
)

func fixture(name ...string) string {
	root := os.Getenv("INKSTONE_FIXTURES")
	if root == "" {
		root = "testdata"
	}
	return filepath.Join(append([]string{root}, name...)...)
}

func readJSON(t *testing.T, value any, name ...string) {
	t.Helper()
	text, err := os.ReadFile(fixture(name...))
	if err == nil {
		err = json.Unmarshal(text, value)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// tensorFile are the tensors of a fixture.
type tensorFile map[string]weights.Tensor

func readTensors(t *testing.T, name ...string) tensorFile {
	t.Helper()
	file, err := weights.Read(fixture(name...))
	if err != nil {
		t.Fatal(err)
	}
	return file.Tensors
}

func (f tensorFile) has(name string) bool { _, ok := f[name]; return ok }

func (f tensorFile) floats(t *testing.T, name string) []float32 {
	t.Helper()
	if !f.has(name) {
		t.Fatalf("the fixture has no %s", name)
	}
	values, err := f[name].Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// ints reads a tensor of whole numbers, with its length along the last axis.
func (f tensorFile) ints(t *testing.T, name string) ([]int32, int) {
	t.Helper()
	tensor, ok := f[name]
	if !ok {
		t.Fatalf("the fixture has no %s", name)
	}
	var out []int32
	if wide, err := tensor.Int64s(); err == nil {
		for _, v := range wide {
			out = append(out, int32(v))
		}
	} else {
		for _, b := range tensor.Data {
			out = append(out, int32(b))
		}
	}
	return out, tensor.Shape[len(tensor.Shape)-1]
}

// table reads whole numbers [B,T].
func (f tensorFile) table(t *testing.T, name string) [][]int32 {
	t.Helper()
	flat, length := f.ints(t, name)
	var out [][]int32
	for at := 0; at < len(flat); at += length {
		out = append(out, flat[at:at+length])
	}
	return out
}

// family is a model with its fixture's folder, names and tolerances.
type family struct {
	folder        []string
	model         experiments.Model
	vocab, length int
	dialect       dialect
	// The README's tolerances of float32: logits and hidden states, attention.
	near, attention float64
}

func (f family) list() []Weight { return Weights(f.model, f.vocab, f.length) }

func (f family) file(name string) []string { return append(append([]string{}, f.folder...), name) }

// values are the parameters under Inkstone's names, from a file under the fixture's.
func (f family) values(t *testing.T, name string) map[string][]float32 {
	t.Helper()
	return f.dialect.canonical(t, f.model, f.list(), readTensors(t, f.file(name)...))
}

// expectation is what a case of a fixture gives.
type expectation struct {
	logits, last []float32 // last is the stream before the final norm
	states       [][]float32
	attention    [][]float32
}

// run evaluates a case: logits, the streams that enter each layer, before and behind the final norm, and attention.
func (f family) run(t *testing.T, values map[string][]float32, r rows) expectation {
	t.Helper()
	layers := f.model.NumHiddenLayers
	out := evaluate(t, f.list(), values, r, func(w Lookup, in Inputs) []*Node {
		o := Forward(f.model, w, in, Capture{Attention: true, Hidden: true})
		return append(append([]*Node{Logits(f.model, w, o.Hidden), o.Stream}, append(o.States, o.Hidden)...), o.Attention...)
	})
	return expectation{out[0], out[1], out[2 : 3+layers], out[3+layers:]}
}

// loss is the mean over the weighted targets.
func (f family) loss(w Lookup, in Inputs, r rows) *Node {
	g := in.Tokens.Graph()
	logits := Logits(f.model, w, Forward(f.model, w, in, Capture{}).Hidden)
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
					worst = max(worst, distance(got[from:from+inner], want[from:from+inner]))
				}
			}
		}
	}
	return worst
}

// lossIsNear checks a loss within the tolerance that all READMEs share.
func lossIsNear(t *testing.T, got []float32, want float64) {
	t.Helper()
	if d := math.Abs(float64(got[0]) - want); !near(d, 1e-5) {
		t.Errorf("loss = %v, want %v", got[0], want)
	}
}

// gradientsAreNear checks gradients within 1e-5 + 1e-4 relative.
func gradientsAreNear(t *testing.T, list []Weight, got [][]float32, want map[string][]float32) {
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
			if !near(d, 1e-5+1e-4*math.Abs(exact)) {
				t.Errorf("gradient of %s[%d] = %v, want %v", w.Name, j, g, exact)
				break
			}
		}
	}
	t.Logf("gradients differ by at most %.1e", worst)
}
