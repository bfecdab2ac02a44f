package pretrained

import (
	"math"
	"testing"

	"github.com/gomlx/compute/gobackend"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/gomlx/gomlx/core/tensors"
	gomlx "github.com/gomlx/gomlx/ml/model"

	"inkstone/runner/model"
	"inkstone/runner/weights"
)

// TestLogits opens every fixture as a user would and compares its logits with the reference implementation's: what is read
// wrongly, a layout, a rotation or a residual, shows here.
func TestLogits(t *testing.T) {
	for _, test := range []struct {
		folder, name string
		near         float64 // the README's tolerance
	}{
		{"glm4", "unpadded.", 2e-5}, {"glm4/edge", "unpadded.", 2e-5}, {"glm4_0414", "unpadded.", 2e-5}, {"chatglm2", "unpadded.", 2e-5},
		{"chatglm1", "mask_middle.", 3e-5}, {"chatglm1/glm130b_style", "", 3e-5}, {"glm_base", "token_level.", 3e-5}, {"bert_mlm", "mlm.", 2e-5},
	} {
		t.Run(test.folder, func(t *testing.T) {
			c := open(t, fixture(test.folder), Options{})
			file, err := weights.Read(fixture(test.folder, "expected.safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			r := caseOf{t, file.Tensors, test.name}
			got, want := logitsOf(t, c, r), r.floats("logits")
			valid := r.valid()
			if len(got) != len(want) {
				t.Fatalf("%d logits, want %d", len(got), len(want))
			}
			worst := 0.0
			for i := range got {
				if valid[i*len(valid)/len(got)] != 0 {
					worst = max(worst, math.Abs(float64(got[i]-want[i])))
				}
			}
			if !(worst <= test.near) {
				t.Errorf("logits differ by %v", worst)
			}
		})
	}
}

// caseOf is one case of a fixture.
type caseOf struct {
	t       *testing.T
	tensors map[string]weights.Tensor
	name    string
}

func (r caseOf) floats(what string) []float32 {
	values, err := r.tensors[r.name+what].Floats()
	if err != nil {
		r.t.Fatal(err)
	}
	return values
}

// shape are the rows and columns of the tokens.
func (r caseOf) shape() []int { return r.tensors[r.name+"input_ids"].Shape }

// ints are whole numbers [B,T]; what the case does not have is 0 everywhere.
func (r caseOf) ints(what string) *tensors.Tensor {
	shape := r.shape()
	values := make([]int32, shape[0]*shape[1])
	if _, ok := r.tensors[r.name+what]; ok {
		for i, v := range r.floats(what) {
			values[i] = int32(v)
		}
	}
	return tensors.FromFlatDataAndDimensions(values, shape...)
}

// valid is 0 for padding.
func (r caseOf) valid() []float32 {
	for _, what := range []string{"attention_mask", "valid"} {
		if _, ok := r.tensors[r.name+what]; ok {
			return r.floats(what)
		}
	}
	return []float32{1}
}

// allowed is [B,1,T,S]: the case's own, or all that is no padding for an encoder, and what is not behind for a decoder.
func (r caseOf) allowed(encoder bool) *tensors.Tensor {
	b, n := r.shape()[0], r.shape()[1]
	values := make([]bool, b*n*n)
	for i := range values {
		values[i] = encoder && r.floats("attention_mask")[i/(n*n)*n+i%n] != 0 || !encoder && i%n <= i/n%n
	}
	if own, ok := r.tensors[r.name+"allow"]; ok {
		for i, v := range own.Data {
			values[i] = v != 0
		}
	}
	return tensors.FromFlatDataAndDimensions(values, b, 1, n, n)
}

func logitsOf(t *testing.T, c *Checkpoint, r caseOf) []float32 {
	t.Helper()
	backend, err := gobackend.New("ops_sequential")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Finalize()
	store := gomlx.NewStore()
	for _, w := range c.Parameters {
		value, err := c.Value(w)
		if err == nil {
			_, err = store.CreateVariable("/"+w.Name, value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	exec, err := gomlx.NewExec(backend, store, func(_ *gomlx.Scope, in []*Node) *Node {
		lookup := func(name string) *Node { return store.GetVariable("/" + name).NodeValue(in[0].Graph()) }
		inputs := model.Inputs{Tokens: in[0], Positions: in[1], Blocks: in[2], Types: in[3], Allowed: in[4]}
		if c.Model.TypeVocabSize == 0 {
			inputs.Types = nil
		}
		return model.Logits(c.Model, lookup, model.Forward(c.Model, lookup, inputs, model.Capture{}).Hidden)
	})
	if err != nil {
		t.Fatal(err)
	}
	positions := r.ints("position_ids")
	if _, ok := r.tensors[r.name+"position_ids"]; !ok {
		positions = tensors.FromFlatDataAndDimensions(counted(r.shape()), r.shape()...)
	}
	out, err := exec.Exec(r.ints("input_ids"), positions, r.ints("block_position_ids"), r.ints("token_type_ids"), r.allowed(c.Dialect == BERT))
	if err != nil {
		t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float32](out[0])
}

// counted numbers the columns of each row.
func counted(shape []int) []int32 {
	values := make([]int32, shape[0]*shape[1])
	for i := range values {
		values[i] = int32(i % shape[1])
	}
	return values
}
