package model

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
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

func readTensors(t *testing.T, path string) map[string]weights.Tensor {
	t.Helper()
	file, err := weights.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return file.Tensors
}

func float32s(t *testing.T, tensor weights.Tensor) []float32 {
	t.Helper()
	values, err := tensor.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// padded takes a checkpoint whose heads together are wider than its stream, which experiments.Model does not describe, to
// an equivalent one as wide as its heads: new columns of the stream are 0, and stay so. A mean of squares over the wider
// stream is smaller by the ratio, which the norms' weights and their epsilon make up for.
func padded(t *testing.T, m experiments.Model, list []Weight, file map[string]weights.Tensor, narrow int) map[string][]float32 {
	t.Helper()
	all := map[string][]float32{}
	for _, w := range list {
		from, ok := file[w.Name]
		if !ok {
			t.Fatalf("the fixture has no %s", w.Name)
		}
		values, columns := float32s(t, from), from.Shape[len(from.Shape)-1]
		to := make([]float32, w.Size())
		for i, v := range values {
			if strings.Contains(w.Name, "norm") {
				v *= float32(math.Sqrt(float64(narrow) / float64(m.HiddenSize)))
			}
			to[i/columns*w.Shape[len(w.Shape)-1]+i%columns] = v
		}
		all[w.Name] = to
	}
	return all
}

// The model gives the logits, attention and loss of the reference implementation of GLM-4 (folder glm4) and GLM-Edge.
func TestFixtures(t *testing.T) {
	glm := experiments.Model{
		HiddenSize: 64, NumHiddenLayers: 3, NumAttentionHeads: 4, NumKeyValueHeads: 2, AttentionBias: true, IntermediateSize: 80, Positions: "rotary",
		RopeTheta: 10000, PartialRotaryFactor: 0.5, MLP: "swiglu", Norm: "rmsnorm", NormEps: 1.5625e-07 * 48 / 64,
	}
	edge := experiments.Model{
		HiddenSize: 48, NumHiddenLayers: 2, NumAttentionHeads: 4, NumKeyValueHeads: 1, IntermediateSize: 64, Positions: "rotary",
		RopeTheta: 10000, PartialRotaryFactor: 1, MLP: "swiglu", Norm: "rmsnorm", NormEps: 1e-5 * 40 / 48, TieWordEmbeddings: true,
	}
	for _, test := range []struct {
		folder       []string
		model        experiments.Model
		narrow, size int
	}{{[]string{"glm4"}, glm, 48, 151}, {[]string{"glm4", "edge"}, edge, 40, 139}} {
		t.Run(strings.Join(test.folder, "/"), func(t *testing.T) {
			list := Weights(test.model, test.size, length)
			values := padded(t, test.model, list, readTensors(t, fixture(append(test.folder, "model.safetensors")...)), test.narrow)
			want := readTensors(t, fixture(append(test.folder, "expected.safetensors")...))
			r, targets, weight := fixtureRows(t, want)
			got := evaluate(t, list, values, r, func(w Lookup, in Inputs) []*Node {
				g := in.Tokens.Graph()
				out := Forward(test.model, w, in, true)
				logits := Logits(test.model, w, out.Hidden)
				s := objective.Score(logits, Const(g, targets), Const(g, weight))
				return append([]*Node{Div(s.Loss, s.Weight), logits}, out.Attention...)
			})
			var expected struct {
				Cases map[string]struct{ Loss float64 }
			}
			text, err := os.ReadFile(fixture(append(test.folder, "expected.json")...))
			if err == nil {
				err = json.Unmarshal(text, &expected)
			}
			if err != nil {
				t.Fatal(err)
			}
			if loss := expected.Cases["unpadded"].Loss; !near(float64(got[0][0])-loss, 1e-5) || !near(loss-float64(got[0][0]), 1e-5) {
				t.Errorf("loss = %v, want %v", got[0][0], loss)
			}
			if d := distance(got[1], float32s(t, want["unpadded.logits"])); !near(d, 2e-5) {
				t.Errorf("logits differ by %v", d)
			}
			for layer, p := range got[2:] {
				name := "unpadded.attentions." + string(rune('0'+layer))
				if d := distance(p, float32s(t, want[name])); !near(d, 2e-6) {
					t.Errorf("%s differ by %v", name, d)
				}
			}
		})
	}
}

// fixtureRows reads the case "unpadded"; its labels are moved by one, so that they are aligned.
func fixtureRows(t *testing.T, from map[string]weights.Tensor) (r rows, targets [][]int32, weight [][]float32) {
	t.Helper()
	ints := func(name string) [][]int32 {
		tensor := from["unpadded."+name]
		flat, err := tensor.Int64s()
		if err != nil {
			t.Fatal(err)
		}
		out := make([][]int32, tensor.Shape[0])
		for i, v := range flat {
			out[i/tensor.Shape[1]] = append(out[i/tensor.Shape[1]], int32(v))
		}
		return out
	}
	r = rows{tokens: ints("input_ids"), positions: ints("position_ids"), blocks: shifted(ints("position_ids"), 0)}
	for _, labels := range ints("labels") {
		target, each := make([]int32, len(labels)), make([]float32, len(labels))
		for i, label := range labels[1:] {
			if label >= 0 {
				target[i], each[i] = label, 1
			}
		}
		targets, weight = append(targets, target), append(weight, each)
	}
	return r, targets, weight
}
