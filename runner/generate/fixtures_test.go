package generate

import (
	"testing"

	"github.com/gomlx/compute"

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/pretrained"
	"inkstone/runner/reference"
)

// rotaryModel is of the kind of GLM-4; the others differ from it.
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

// published is a generator of the model in a folder of the reference values.
func published(t *testing.T, folder string, context int) *Generator {
	t.Helper()
	c, err := pretrained.Open(reference.Path(t, folder), pretrained.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return generator(t, reference.Backend(t), c.Model, c.Model.VocabSize, context, c.Floats)
}

// initial gives a model's first values by seed 1.
func initial(m experiments.Model) func(model.Weight) ([]float32, error) {
	return func(w model.Weight) ([]float32, error) { return model.Initial(m, w, 1), nil }
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
