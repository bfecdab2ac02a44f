package runner

import (
	"testing"
	"time"

	"inkstone/experiments"
	"inkstone/internal/torch"
	"inkstone/runner/backend"
	"inkstone/runner/objective"
	"inkstone/runner/reference"
)

// The sizes at which training is measured: the vocabulary is 98 in all of them.
var sizes = []struct {
	name    string
	model   experiments.Model
	rows    int
	long    int
	steps   int  // of a turn
	compile bool // by torch.compile
}{
	{"A", glmOf(128, 4, 4, 2), 16, 128, 10, true},
	{"B", glmOf(384, 6, 6, 2), 8, 256, 2, true},
	{"demo", glmOf(64, 2, 4, 2), 16, 128, 40, false},
}

func glmOf(width, layers, heads, groups int) experiments.Model {
	return experiments.Model{
		Family: "glm", HiddenSize: width, NumHiddenLayers: layers, NumAttentionHeads: heads, NumKeyValueHeads: groups, AttentionBias: true,
		IntermediateSize: 2 * ((4*width + 2) / 3), Positions: "rotary", RopeTheta: 10000, PartialRotaryFactor: 0.5, MLP: "swiglu",
		Norm: "rmsnorm", NormEps: 1e-5, NormPlacement: "pre", RopePairing: "interleaved", InitializerRange: 0.02,
	}
}

const benchVocab = 98

func benchTrain(rows, long int) experiments.Train {
	return experiments.Train{
		MaxSteps: 1 << 20, GlobalBatchSize: rows, SequenceLength: long, LearningRate: 1e-3, LRSchedulerType: "constant", WeightDecay: 0.01,
		AdamBeta1: 0.9, AdamBeta2: 0.95, AdamEpsilon: 1e-8, MaxGradNorm: 1,
	}
}

// BenchmarkTrainAgainstTorch trains the same model by Inkstone on XLA and by PyTorch, in turns in one run, so that the ratio of
// their speeds holds on any machine. A turn is as many updates of the one, then of the other.
func BenchmarkTrainAgainstTorch(b *testing.B) {
	opened := reference.XLA(b)
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			net, batches := benchNetwork(b, opened, size.model, size.rows, size.long)
			step := 0
			ours := func(n int) {
				for range n {
					step++
					if _, _, err := net.update(batches[step%len(batches)], step); err != nil {
						b.Fatal(err)
					}
				}
			}
			peer := torch.Start(b, "train.py", map[string]any{
				"threads": opened.Threads, "model": size.model, "vocab": benchVocab, "rows": size.rows, "length": size.long, "compile": size.compile,
				"weight_decay": 0.01, "learning_rate": 1e-3,
			}, added...)
			ours(5)
			var turns torch.Turns
			for b.Loop() {
				began := time.Now()
				ours(size.steps)
				mine := time.Since(began).Seconds()
				turns.Add(mine, peer.Ask(map[string]any{"steps": size.steps})["seconds"].(float64))
			}
			tokens := float64(size.rows * size.long * size.steps)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(tokens/torch.Median(turns.Ours), "tokens/s")
			b.ReportMetric(tokens/torch.Median(turns.Theirs), "torch-tokens/s")
			b.ReportMetric(turns.Ahead(), "x-torch")
		})
	}
}

// benchNetwork is newBenchNetwork in a benchmark.
func benchNetwork(b *testing.B, on *backend.Backend, m experiments.Model, rows, long int) (*network, []objective.Batch) {
	b.Helper()
	net, batches, err := newBenchNetwork(on, m, rows, long)
	if err != nil {
		b.Fatal(err)
	}
	return net, batches
}

// newBenchNetwork is a network with initial weights, and a few batches of random tokens.
func newBenchNetwork(on *backend.Backend, m experiments.Model, rows, long int) (*network, []objective.Batch, error) {
	spec := experiments.Spec{Model: m, Objective: experiments.Objective{Kind: "causal"}, Train: benchTrain(rows, long)}
	net, err := newNetwork(on, spec, benchVocab, long, 1)
	return net, randomBatches(8, rows, long), err
}

func randomBatches(count, rows, long int) []objective.Batch {
	batches := make([]objective.Batch, count)
	for i := range batches {
		n := rows * long
		batch := objective.Batch{
			Rows: rows, Length: long, Inputs: make([]int32, n), Targets: make([]int32, n), Weights: make([]float32, n), Positions: make([]int32, n),
			BlockPositions: make([]int32, n), Prefix: make([]int32, rows), Valid: make([]int32, rows),
		}
		for j := range n {
			batch.Inputs[j], batch.Targets[j] = int32((j*7919+i*31+j*j)%benchVocab), int32(((j+1)*7919+i*31+(j+1)*(j+1))%benchVocab)
			batch.Weights[j], batch.Positions[j] = 1, int32(j%long)
		}
		batches[i] = batch
	}
	return batches
}

// BenchmarkCapture captures the attention of all heads and layers of model A and the losses of the tokens, in turns with the forward pass that validation
// makes: both from tokens to results on the host, whose maps are 16 MB.
func BenchmarkCapture(b *testing.B) {
	opened := reference.XLA(b)
	size := sizes[0]
	net, batches := benchNetwork(b, opened, size.model, size.rows, size.long)
	args := hostBatch(batches[0])
	forward := func() {
		if _, err := net.validate.Exec(args...); err != nil {
			b.Fatal(err)
		}
	}
	capture := func() {
		if _, err := net.looks.Exec(args...); err != nil {
			b.Fatal(err)
		}
	}
	forward()
	capture()
	var plain, captured []float64
	for b.Loop() {
		for range 5 {
			began := time.Now()
			forward()
			between := time.Now()
			capture()
			plain, captured = append(plain, between.Sub(began).Seconds()), append(captured, time.Since(between).Seconds())
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(torch.Median(plain)*1e3, "forward-ms")
	b.ReportMetric(torch.Median(captured)/torch.Median(plain), "x-forward")
}
