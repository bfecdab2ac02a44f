package generate

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/weights"
)

// fixture is a file's path: under INKSTONE_FIXTURES, in this package's testdata, or among the model's.
func fixture(name ...string) string {
	path := filepath.Join(name...)
	if root := os.Getenv("INKSTONE_FIXTURES"); root != "" {
		return filepath.Join(root, path)
	}
	if own := filepath.Join("testdata", path); exists(own) {
		return own
	}
	return filepath.Join("..", "model", "testdata", path)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func readJSON(t *testing.T, into any, name ...string) {
	t.Helper()
	text, err := os.ReadFile(fixture(name...))
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// tensorFile gives the values of a safetensors file's tensors.
type tensorFile map[string]weights.Tensor

func readTensors(t *testing.T, name ...string) tensorFile {
	t.Helper()
	file, err := weights.Read(fixture(name...))
	if err != nil {
		t.Fatal(err)
	}
	return file.Tensors
}

func (f tensorFile) floats(t *testing.T, name string) []float32 {
	t.Helper()
	tensor, ok := f[name]
	if !ok {
		t.Fatalf("the fixture has no %s", name)
	}
	values, err := tensor.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func (f tensorFile) ints(t *testing.T, name string) []int32 {
	t.Helper()
	values, err := f[name].Int64s()
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int32, len(values))
	for i, v := range values {
		ids[i] = int32(v)
	}
	return ids
}

// rotaryModel is the fixture glm4; the others differ from it.
func rotaryModel() experiments.Model {
	return experiments.Model{
		Family: "glm", HiddenSize: 48, NumHiddenLayers: 3, NumAttentionHeads: 4, NumKeyValueHeads: 2, HeadDim: 16, AttentionBias: true, IntermediateSize: 80,
		Positions: "rotary", RopeTheta: 10000, PartialRotaryFactor: 0.5, RopePairing: "interleaved", MLP: "swiglu", Norm: "rmsnorm",
		NormEps: 1.5625e-07, NormPlacement: "pre", ResidualScale: 1, InitializerRange: 0.2,
	}
}

func sandwichModel() experiments.Model {
	m := rotaryModel()
	m.NumAttentionHeads, m.HeadDim, m.IntermediateSize, m.NormEps, m.NormPlacement = 6, 8, 88, 1e-5, "sandwich"
	return m
}

func chatglm2Model() experiments.Model {
	m := rotaryModel()
	m.IntermediateSize, m.NormEps = 68, 1e-5
	return m
}

func chatglm1Model() experiments.Model {
	return experiments.Model{
		Family: "glm", HiddenSize: 48, NumHiddenLayers: 3, NumAttentionHeads: 3, NumKeyValueHeads: 3, AttentionBias: true, LinearBias: true, IntermediateSize: 192,
		Positions: "rotary-2d", RopeTheta: 10000, RopePairing: "half", MLP: "gelu", Norm: "layernorm", NormEps: 1e-5,
		NormPlacement: "normed-residual", ResidualScale: 2.449489742783178, InitializerRange: 0.2,
	}
}

func originalModel() experiments.Model {
	return experiments.Model{
		Family: "glm", HiddenSize: 48, NumHiddenLayers: 2, NumAttentionHeads: 4, NumKeyValueHeads: 4, AttentionBias: true, LinearBias: true, IntermediateSize: 96,
		Positions: "learned", MLP: "gelu", Norm: "layernorm", NormEps: 1e-5, NormPlacement: "pre", ResidualScale: 1, TieWordEmbeddings: true, InitializerRange: 0.2,
	}
}

// native gives the values of a file under the model's own names.
func native(t *testing.T, file tensorFile) func(model.Weight) ([]float32, error) {
	return func(w model.Weight) ([]float32, error) { return file.floats(t, w.Name), nil }
}

// chatglm1Names gives those of a ChatGLM-6B checkpoint, whose heads each have query, key and value together.
func chatglm1Names(t *testing.T, file tensorFile) func(model.Weight) ([]float32, error) {
	names := strings.NewReplacer("model.embed_tokens", "transformer.word_embeddings", "model.norm", "transformer.final_layernorm", "model.", "transformer.",
		"self_attn.o_proj", "attention.dense", "self_attn", "attention", "up_proj", "dense_h_to_4h", "down_proj", "dense_4h_to_h",
		"q_proj", "query_key_value", "k_proj", "query_key_value", "v_proj", "query_key_value")
	return func(w model.Weight) ([]float32, error) {
		values := file.floats(t, names.Replace(w.Name))
		for part, projection := range []string{".q_proj.", ".k_proj.", ".v_proj."} {
			if strings.Contains(w.Name, projection) {
				values = everyThird(values, int(w.Size())/chatglm1Model().NumAttentionHeads, part)
			}
		}
		return values, nil
	}
}

func everyThird(values []float32, size, part int) []float32 {
	var out []float32
	for at := part * size; at < len(values); at += 3 * size {
		out = append(out, values[at:at+size]...)
	}
	return out
}

// initial gives a model's first values by seed 1.
func initial(m experiments.Model) func(model.Weight) ([]float32, error) {
	return func(w model.Weight) ([]float32, error) { return model.Initial(m, w, 1), nil }
}

func open(t testing.TB) compute.Backend {
	t.Helper()
	b, err := gobackend.New("ops_sequential")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Finalize)
	return b
}

// letters decodes id i to the i-th byte from '0' on.
type letters struct{}

func (letters) Decode(ids []int32) []byte {
	text := make([]byte, len(ids))
	for i, id := range ids {
		text[i] = byte('0' + id)
	}
	return text
}

func generator(t testing.TB, b compute.Backend, m experiments.Model, vocab, context int, values func(model.Weight) ([]float32, error)) *Generator {
	t.Helper()
	g, err := New(Config{Backend: b, Model: m, Values: values, Context: context, Vocab: vocab, Decoder: letters{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}
