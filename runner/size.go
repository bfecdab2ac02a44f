package runner

import (
	"context"
	"strings"
	"sync"
	"time"

	"inkstone/experiments"
	"inkstone/runner/backend"
	"inkstone/runner/data"
	"inkstone/runner/model"
	"inkstone/runner/tokenizer"
)

// Size is how much a variant trains and records, known before it is trained.
type Size struct {
	Parameters int64
	// Tokens is how many positions one trial trains on.
	Tokens int64
	// CaptureBytes is what the attention maps of one trial take.
	CaptureBytes int64
}

// SizeOf tells the size of a variant whose spec has no mistakes.
func SizeOf(s experiments.Spec) Size {
	return Size{
		Parameters:   model.Count(s.Model, vocabulary(s), s.Train.SequenceLength),
		Tokens:       int64(s.Train.MaxSteps) * int64(s.Train.GlobalBatchSize) * int64(s.Train.SequenceLength),
		CaptureBytes: captureBytes(s),
	}
}

// CorpusSize is the experiments.CorpusSize of this machine's files. What it found is kept: the variants of a plan share
// their corpus.
func CorpusSize(ctx context.Context) experiments.CorpusSize {
	known := map[string]func() (int64, error){}
	return func(d experiments.Data) (int64, error) {
		key := strings.Join(append([]string{d.Corpus}, d.Files...), "\x00")
		if known[key] == nil {
			known[key] = sync.OnceValues(func() (int64, error) { return data.Size(ctx, d) })
		}
		return known[key]()
	}
}

// vocabulary is the size before a tokenizer is trained: a BPE is taken to reach what it may.
func vocabulary(s experiments.Spec) int {
	switch s.Tokenizer.Kind {
	case "symbols":
		return s.Data.Repeats.Symbols
	case "bpe":
		return s.Tokenizer.VocabSize
	}
	return tokenizer.Bytes{}.VocabSize()
}

// captureBytes is what the attention maps of a trial take in the store, where no token is shorter than a byte.
func captureBytes(s experiments.Spec) int64 {
	var each int64
	for _, prompt := range s.Record.Attention.Prompts {
		n := min(len(prompt), s.Train.SequenceLength)
		each += int64(s.Model.NumHiddenLayers*s.Model.NumAttentionHeads) * int64(n) * int64(n) * 4
	}
	return each * int64(times(s.Record.Attention.At, s.Train.MaxSteps))
}

// times is how often something is recorded in a run of so many steps.
func times(at string, steps int) (n int) {
	for step := range steps + 1 {
		if captures(at, step, step == steps) {
			n++
		}
	}
	return n
}

// Estimate guesses how long one trial takes: floating-point operations over a rate that was measured for each backend at
// the sizes of the library's specs, plus the start of the process and its compilation.
func Estimate(s experiments.Spec, f Size, on backend.Name, threads int) time.Duration {
	// Six operations per parameter and token (Kaplan et al. 2020), plus the attention's two products, forward and backward.
	perToken := 6*float64(f.Parameters) + 12*float64(s.Model.NumHiddenLayers*s.Model.HiddenSize*s.Train.SequenceLength)
	measured := 1.0
	if e := s.Record.Validation.Every; e > 0 {
		measured += float64(s.Data.Validation.Batches) / 3 / float64(e)
	}
	operations := measured*perToken*float64(f.Tokens) + perToken/3*float64(ablated(s))
	rate, start := throughput(on, threads)
	return start + time.Duration(operations/rate*float64(time.Second))
}

// ablated is how many tokens go forward through the network while heads are ablated: all that are measured, once for each head
// and once with all heads.
func ablated(s experiments.Spec) int {
	heads := s.Model.NumHiddenLayers * s.Model.NumAttentionHeads
	return times(s.Record.HeadAblation.At, s.Train.MaxSteps) * (heads + 1) * ablationRows * s.Train.SequenceLength
}

// throughput is a backend's rate, in floating-point operations a second, and its time to start and compile: on XLA's CPU as trials
// of demo.yaml and go-source.yaml took on one thread and on two (29 and 19 s of demo.yaml's, 31 s of go-source.yaml's).
func throughput(on backend.Name, threads int) (rate float64, start time.Duration) {
	switch on {
	case backend.XLACUDA:
		return 20e12, 15 * time.Second // not measured
	case backend.XLACPU:
		return 30e9 * float64(threads), 4*time.Second + 14*time.Second/time.Duration(threads)
	}
	return 2.5e9 * float64(threads), time.Second
}
