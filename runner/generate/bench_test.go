package generate

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"inkstone/experiments"
	"inkstone/internal/torch"
	"inkstone/runner/model"
	"inkstone/runner/pretrained"
	"inkstone/runner/reference"
	"inkstone/runner/weights"
)

const benchContext = 256

// benchModel is model B of the speed goals: width 384, 6 layers, 6 heads on 2 groups, context 256, 98 ids.
func benchModel() experiments.Model {
	m := rotaryModel()
	m.HiddenSize, m.NumHiddenLayers, m.NumAttentionHeads, m.HeadDim, m.IntermediateSize, m.InitializerRange = 384, 6, 6, 64, 1024, 0.05
	m.VocabSize = 98
	return m
}

// drawn gives a model's initial weights as pretrained.Write asks for them.
type drawn struct{ m experiments.Model }

func (d drawn) Tensor(name string) (weights.Tensor, error) {
	for _, w := range model.Weights(d.m, d.m.VocabSize, benchContext) {
		if w.Name == name {
			return weights.Float32(w.Shape, model.Initial(d.m, w, 1)), nil
		}
	}
	return weights.Tensor{}, fmt.Errorf("the model has no %s", name)
}

// BenchmarkDecode generates greedily with model B, beside transformers' generate with the same weights on the same cores, in
// turns; both give the same ids. Prompts have 8 tokens. ms/step is the time of one token for each row.
func BenchmarkDecode(b *testing.B) {
	const tokens = 64
	m, x := benchModel(), reference.XLA(b)
	g := generator(b, x.Compute, m, m.VocabSize, benchContext, initial(m))
	folder := filepath.Join(b.TempDir(), "model")
	export := pretrained.Export{Config: pretrained.Config{Dialect: pretrained.GLM, Model: m, Positions: benchContext}, Tensors: drawn{m}, DType: weights.F32}
	if _, err := pretrained.Write(folder, export); err != nil {
		b.Fatal(err)
	}
	for _, rows := range []int{1, 8} {
		b.Run(fmt.Sprintf("B/rows=%d", rows), func(b *testing.B) {
			peer := torch.Start(b, "generate.py", map[string]any{"folder": folder, "threads": x.Threads})
			requests, prompts := make([]Request, rows), make([][]int32, rows)
			for i := range requests {
				prompts[i] = []int32{1, 2, 3, 4, 5, 6, 7, int32(i)}
				requests[i] = Request{Prompt: prompts[i], MaxNewTokens: tokens, Row: i}
			}
			var turns torch.Turns
			for turn := -2; turn < 0 || b.Loop(); turn++ { // the first two compile, and warm up
				began := time.Now()
				results, err := g.Generate(b.Context(), requests, nil)
				if err != nil {
					b.Fatal(err)
				}
				mine := time.Since(began).Seconds()
				answer := peer.Ask(map[string]any{"prompts": prompts, "tokens": tokens})
				if turn < 0 {
					checkSame(b, results, answer["ids"])
					continue
				}
				turns.Add(mine, answer["seconds"].(float64))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(torch.Median(turns.Ours)*1e3/tokens, "ms/step")
			b.ReportMetric(torch.Median(turns.Theirs)*1e3/tokens, "transformers-ms/step")
			b.ReportMetric(turns.Ahead(), "x-transformers")
		})
	}
}

// checkSame compares with the ids that came as JSON.
func checkSame(b *testing.B, results []Result, ids any) {
	b.Helper()
	for i, row := range ids.([]any) {
		for k, id := range row.([]any) {
			if got := results[i].IDs[k]; float64(got) != id {
				b.Fatalf("row %d, token %d is %d, transformers' is %v", i, k, got, id)
			}
		}
	}
}
