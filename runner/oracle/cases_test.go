package oracle

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"

	"inkstone/experiments"
	"inkstone/runner/model"
)

// vocab and length are the tokenizer's size and the longest row; types the number of token types.
const vocab, length, types = 11, 16, 2

// block is a type of block: the switches that give it in the product, the oracle's formulas, and what both are run on.
type block struct {
	name   string
	model  experiments.Model
	logits func(*tape, experiments.Model, batch) matrix
	batch  batch
}

var blocks = []block{
	{"GLM", of(experiments.Model{
		LinearBias: true, Positions: "learned", MLP: "gelu", Norm: "layernorm", NormPlacement: "pre", TieWordEmbeddings: true,
	}), glm, infilling()},
	{"ChatGLM-6B", of(experiments.Model{
		LinearBias: true, Positions: "rotary-2d", RopePairing: "half", MLP: "gelu", Norm: "layernorm", NormPlacement: "normed-residual", ResidualScale: 2,
	}), chatGLM, infilling()},
	{"GLM-130B", of(experiments.Model{
		LinearBias: true, Positions: "rotary", RopePairing: "half", PartialRotaryFactor: 1, MLP: "geglu", Norm: "layernorm",
		NormPlacement: "normed-residual", ResidualScale: 2, TieWordEmbeddings: true,
	}), glm130B, infilling()},
	{"ChatGLM2 and GLM-4", of(experiments.Model{
		NumKeyValueHeads: 2, Positions: "rotary", RopePairing: "interleaved", PartialRotaryFactor: 0.5, MLP: "swiglu", Norm: "rmsnorm", NormPlacement: "pre",
	}), chatGLM2, text()},
	{"GLM-4-0414", of(experiments.Model{
		NumKeyValueHeads: 2, Positions: "rotary", RopePairing: "interleaved", PartialRotaryFactor: 0.5, MLP: "swiglu", Norm: "rmsnorm", NormPlacement: "sandwich",
	}), glm4, text()},
	{"BERT", of(experiments.Model{
		Family: "bert", LinearBias: true, Positions: "absolute", TypeVocabSize: types, MLP: "gelu-erf", Norm: "layernorm", NormPlacement: "post",
		TieWordEmbeddings: true,
	}), bert, masked()},
}

// of completes a model: two layers of four heads that together are wider than the stream.
func of(m experiments.Model) experiments.Model {
	m.HiddenSize, m.NumHiddenLayers, m.NumAttentionHeads, m.HeadDim, m.IntermediateSize = 16, 2, 4, 8, 20
	m.AttentionBias, m.RopeTheta, m.NormEps = true, 100, 1e-5
	if m.Family == "" {
		m.Family = "glm"
	}
	if m.NumKeyValueHeads == 0 {
		m.NumKeyValueHeads = m.NumAttentionHeads
	}
	if m.ResidualScale == 0 {
		m.ResidualScale = 1
	}
	return m
}

// text is two causal rows: one of two documents, one that begins within its document; some targets count half or not at all.
func text() batch {
	return batch{
		tokens:    [][]int32{{1, 7, 3, 10, 5, 2}, {4, 4, 9, 0, 8, 6}},
		positions: [][]int32{{0, 1, 2, 3, 0, 1}, {3, 4, 5, 6, 7, 8}},
		blocks:    [][]int32{{0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0}},
		documents: [][]int32{{0, 0, 0, 0, 1, 1}, {0, 0, 0, 0, 0, 0}},
		targets:   [][]int32{{7, 3, 10, 5, 2, 0}, {4, 9, 0, 8, 6, 1}},
		weights:   [][]float64{{1, 1, 0, 1, 1, 0}, {0.5, 1, 1, 1, 0, 1}},
	}
}

// infilling is rows of a part A that is seen by all, and spans behind it with the positions of their masks.
func infilling() batch {
	return batch{
		tokens:    [][]int32{{1, 9, 3, 8, 5, 2}, {4, 9, 8, 0, 8, 6}},
		positions: [][]int32{{0, 1, 2, 1, 1, 1}, {0, 1, 1, 1, 1, 1}},
		blocks:    [][]int32{{0, 0, 0, 1, 2, 3}, {0, 0, 1, 2, 3, 4}},
		targets:   [][]int32{{0, 0, 0, 5, 2, 10}, {0, 0, 0, 8, 6, 10}},
		weights:   [][]float64{{0, 0, 0, 1, 1, 1}, {0, 0, 1, 1, 0.5, 1}},
		prefix:    []int32{3, 2},
	}
}

// masked is two rows that are seen from both sides, the second padded behind its fourth token.
func masked() batch {
	return batch{
		tokens:    [][]int32{{1, 9, 3, 10, 9, 2}, {4, 9, 9, 2, 0, 0}},
		positions: [][]int32{{0, 1, 2, 3, 4, 5}, {0, 1, 2, 3, 4, 5}},
		blocks:    [][]int32{{0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0}},
		types:     [][]int32{{0, 0, 0, 1, 1, 1}, {0, 0, 1, 1, 0, 0}},
		targets:   [][]int32{{0, 7, 0, 0, 5, 0}, {0, 3, 6, 0, 0, 0}},
		weights:   [][]float64{{0, 1, 0, 0, 1, 0}, {0, 1, 1, 0, 0, 0}},
		valid:     []int32{6, 4},
	}
}

// random gives every parameter values of its own, so that no bias is 0 and no norm's weight is 1.
func random(m experiments.Model) map[string]array {
	all := map[string]array{}
	for _, w := range model.Weights(m, vocab, length) {
		key := fnv.New64a()
		key.Write([]byte(w.Name))
		rng, rows, mean := rand.New(rand.NewPCG(1, key.Sum64())), 1, 0.0
		if len(w.Shape) == 2 {
			rows = w.Shape[0]
		}
		if strings.Contains(w.Name, "norm") && strings.HasSuffix(w.Name, ".weight") {
			mean = 1
		}
		all[w.Name] = fill(rows, w.Shape[len(w.Shape)-1], func(_, _ int) float64 { return mean + 0.3*rng.NormFloat64() })
	}
	return all
}
