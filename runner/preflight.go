package runner

import (
	"context"
	"fmt"
	"time"

	"inkstone/experiments"
	"inkstone/runner/backend"
	"inkstone/runner/data"
	"inkstone/runner/model"
	"inkstone/runner/tokenizer"
)

// Facts are what data and model tell of a variant before it is trained.
type Facts struct {
	Parameters int64
	// Tokens is how many positions one trial trains on.
	Tokens int64
	// CorpusBytes is the size of the corpus's files, 0 for a generated one.
	CorpusBytes int64
	// CaptureBytes is what the attention maps of one trial take.
	CaptureBytes int64
}

// Preflight finds what only data and model can know of the variants of a plan: sizes, and mistakes such as a context longer
// than the corpus. It reads no corpus through. The error names the field and the remedy.
func Preflight(ctx context.Context, variants []experiments.Spec) ([]Facts, error) {
	facts := make([]Facts, len(variants))
	for i, s := range variants {
		info, err := data.Inspect(ctx, s.Data)
		if err != nil {
			return nil, err
		}
		if s.Data.Corpus != "repeats" && info.Bytes < int64(s.Train.SequenceLength) {
			return nil, fmt.Errorf("train.sequence_length: %d tokens are more than the corpus has (%d bytes); use a shorter one or more text", s.Train.SequenceLength, info.Bytes)
		}
		prompts, err := promptLengths(s)
		if err != nil {
			return nil, err
		}
		facts[i] = Facts{
			Parameters: model.Count(s.Model, vocabulary(s), s.Train.SequenceLength), CorpusBytes: info.Bytes,
			Tokens:       int64(s.Train.MaxSteps) * int64(s.Train.GlobalBatchSize) * int64(s.Train.SequenceLength),
			CaptureBytes: captureBytes(s, prompts),
		}
	}
	return facts, nil
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

// promptLengths counts the prompts' tokens, at most one a byte, and finds those that cannot be captured.
func promptLengths(s experiments.Spec) ([]int, error) {
	var t tokenizer.Tokenizer = tokenizer.Bytes{}
	if s.Tokenizer.Kind == "symbols" {
		t = tokenizer.Symbols{Count: s.Data.Repeats.Symbols}
	}
	var lengths []int
	for i, prompt := range s.Record.Attention.Prompts {
		ids, err := t.Encode([]byte(prompt))
		if err != nil {
			return nil, fmt.Errorf("record.attention.prompts[%d]: %w", i, err)
		}
		if len(ids) > s.Train.SequenceLength && s.Tokenizer.Kind != "bpe" {
			return nil, fmt.Errorf("record.attention.prompts[%d] has %d tokens, more than train.sequence_length, %d; shorten it", i, len(ids), s.Train.SequenceLength)
		}
		lengths = append(lengths, len(ids))
	}
	return lengths, nil
}

// captureBytes is what the attention maps of a trial take in the store.
func captureBytes(s experiments.Spec, prompts []int) int64 {
	times := 0
	for step := range s.Train.MaxSteps + 1 {
		if captures(s.Record.Attention.At, step, s.Train.MaxSteps) {
			times++
		}
	}
	var each int64
	for _, n := range prompts {
		each += int64(s.Model.NumHiddenLayers*s.Model.NumAttentionHeads) * int64(n) * int64(n) * 4
	}
	return each * int64(times)
}

// Estimate guesses how long one trial takes: floating-point operations over a rate that was measured for each backend at
// the sizes of the library's specs, plus the start of the process and its compilation.
func Estimate(s experiments.Spec, f Facts, on backend.Name, threads int) time.Duration {
	// Six operations per parameter and token (Kaplan et al. 2020), plus the attention's two products, forward and backward.
	perToken := 6*float64(f.Parameters) + 12*float64(s.Model.NumHiddenLayers*s.Model.HiddenSize*s.Train.SequenceLength)
	measured := 1.0
	if e := s.Record.Validation.Every; e > 0 {
		measured += float64(s.Data.Validation.Batches) / 3 / float64(e)
	}
	rate, start := throughput(on, threads)
	return start + time.Duration(measured*perToken*float64(f.Tokens)/rate*float64(time.Second))
}

// throughput is a backend's measured rate, in floating-point operations a second, and its time to start and compile.
func throughput(on backend.Name, threads int) (rate float64, start time.Duration) {
	switch on {
	case backend.XLACUDA:
		return 20e12, 15 * time.Second // not measured
	case backend.XLACPU:
		return 40e9 * float64(threads), 4 * time.Second
	}
	return 2.5e9 * float64(threads), time.Second
}
