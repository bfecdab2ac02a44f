package objective

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/experiments"
	"inkstone/runner/data"
)

// textSpec is a spec over Chinese text in a file, read by bytes.
func textSpec(t testing.TB, kind string) experiments.Spec {
	t.Helper()
	var text strings.Builder
	for i := range 6000 {
		fmt.Fprintf(&text, "第%d句：学而时习之，不亦说乎？\n", i*7919%6007)
	}
	path := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	var s experiments.Spec
	s.Data.Files, s.Data.Validation = []string{path}, experiments.Validation{Share: .2, Batches: 3, Seed: 9}
	s.Tokenizer.Kind = "bytes"
	s.Objective = recipe
	s.Objective.Kind = kind
	s.Train.SequenceLength, s.Train.GlobalBatchSize = 128, 16
	return s
}

// packedSpec is a spec over short documents that are packed.
func packedSpec(t testing.TB, kind string) experiments.Spec {
	t.Helper()
	s := textSpec(t, kind)
	var lines strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&lines, "{\"text\": \"%d%s\"}\n", i*7919%6007, strings.Repeat("有朋自远方来，", i%9))
	}
	path := filepath.Join(t.TempDir(), "a.jsonl")
	if err := os.WriteFile(path, []byte(lines.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	s.Data.Files, s.Data.Field, s.Data.Packing = []string{path}, "text", "documents"
	return s
}

func repeatsSpec() experiments.Spec {
	var s experiments.Spec
	s.Data.Corpus, s.Data.Repeats = "repeats", experiments.Repeats{Symbols: 32, MinPeriod: 6, MaxPeriod: 24}
	s.Data.Validation = experiments.Validation{Batches: 3, Seed: 9}
	s.Tokenizer.Kind, s.Objective.Kind = "symbols", "causal"
	s.Train.SequenceLength, s.Train.GlobalBatchSize = 64, 32
	return s
}

func source(t testing.TB, s experiments.Spec, seed int64) *Source {
	t.Helper()
	p, err := data.Prepare(t.Context(), s, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	made, err := NewSource(p, s, seed)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func specs(t testing.TB) map[string]experiments.Spec {
	mixture := textSpec(t, "infill")
	mixture.Objective.Tasks = experiments.Tasks{Token: .4, Sentence: .3, Document: .3}
	mixture.Objective.GPTMinRatio, mixture.Objective.GPTInfillProb, mixture.Objective.ShortSeqProb = .25, .5, .3
	return map[string]experiments.Spec{
		"repeats": repeatsSpec(), "causal": textSpec(t, "causal"), "infill": textSpec(t, "infill"), "mixture": mixture, "mlm": textSpec(t, "mlm"),
		"packed": packedSpec(t, "causal"), "packed mlm": packedSpec(t, "mlm"),
	}
}

func TestSourceIsPure(t *testing.T) {
	for name, spec := range specs(t) {
		t.Run(name, func(t *testing.T) {
			one, other := source(t, spec, 1), source(t, spec, 2)
			fifth := one.Train(5)
			one.Train(6)
			one.Validation(1)
			before := runtime.GOMAXPROCS(1)
			again := one.Train(5)
			runtime.GOMAXPROCS(before)
			if d := cmp.Diff(fifth, again); d != "" {
				t.Errorf("step 5 is another one the second time (-first +second):\n%s", d)
			}
			for what, b := range map[string]Batch{"step": one.Train(6), "seed": other.Train(5), "side": one.Validation(5)} {
				if cmp.Equal(fifth, b) {
					t.Errorf("another %s gives the same batch", what)
				}
			}
			if d := cmp.Diff(one.Validation(2), other.Validation(2)); d != "" {
				t.Errorf("validation depends on the run's seed (-1 +2):\n%s", d)
			}
			spec.Data.Validation.Seed++
			if cmp.Equal(one.Validation(2), source(t, spec, 1).Validation(2)) {
				t.Error("another validation.seed gives the same windows")
			}
		})
	}
}

func TestBatchShapes(t *testing.T) {
	for name, spec := range specs(t) {
		t.Run(name, func(t *testing.T) {
			s := source(t, spec, 3)
			for _, b := range []Batch{s.Train(1), s.Validation(0)} {
				n := b.Rows * b.Length
				sizes := []int{len(b.Inputs), len(b.Targets), len(b.Weights), len(b.Positions), len(b.BlockPositions)}
				if d := cmp.Diff([]int{n, n, n, n, n}, sizes); d != "" || b.Rows != spec.Train.GlobalBatchSize || b.Length != spec.Train.SequenceLength {
					t.Fatalf("%d rows of %d (-want +got):\n%s", b.Rows, b.Length, d)
				}
				checkColumns(t, s, b)
			}
		})
	}
}

func (s *Source) causal() bool { return s.infilling == nil && s.masking == nil }

func checkColumns(t *testing.T, s *Source, b Batch) {
	t.Helper()
	for i, id := range b.Inputs {
		row, column := i/b.Length, int32(i%b.Length)
		if id < 0 || int(id) >= s.VocabSize() || b.Targets[i] < 0 || int(b.Targets[i]) >= s.VocabSize() {
			t.Fatalf("row %d, column %d: ids %d, %d of %d", row, column, id, b.Targets[i], s.VocabSize())
		}
		if column >= b.Valid[row] && (b.Weights[i] != 0 || id != 0) {
			t.Fatalf("row %d, column %d is padding, with id %d and weight %v", row, column, id, b.Weights[i])
		}
		if column < b.Prefix[row] && b.Weights[i] != 0 && s.masking == nil {
			t.Fatalf("row %d, column %d is visible to all and counts", row, column)
		}
		if s.causal() && column > 0 && id != b.Targets[i-1] && (b.Documents == nil || b.Documents[i] == b.Documents[i-1]) {
			t.Fatalf("row %d, column %d is not the target of the one before", row, column)
		}
	}
	for row, valid := range b.Valid {
		if valid < 1 || int(valid) > b.Length || s.causal() != (b.Prefix[row] == 0) {
			t.Errorf("row %d has %d valid columns, %d visible to all", row, valid, b.Prefix[row])
		}
	}
}

// Every symbol whose prediction counts is determined by what lies before it, and every determined one counts.
func TestRepeatsScoreWhatIsDetermined(t *testing.T) {
	b := source(t, repeatsSpec(), 1).Train(1)
	for row := range b.Rows {
		last, repeated := map[int32]int{}, false
		for c := range b.Length {
			i := row*b.Length + c
			at, known := last[b.Inputs[i]]
			want := float32(0)
			if known {
				want, repeated = 1, true
				if b.Targets[i] != b.Inputs[row*b.Length+at+1] {
					t.Fatalf("row %d, column %d: the target is not what followed before", row, c)
				}
			}
			if b.Weights[i] != want {
				t.Fatalf("row %d, column %d has weight %v, want %v", row, c, b.Weights[i], want)
			}
			last[b.Inputs[i]] = c
		}
		if !repeated {
			t.Errorf("row %d repeats nothing", row)
		}
	}
}

func TestBytesOfTargets(t *testing.T) {
	b := source(t, textSpec(t, "causal"), 1).Train(1)
	ends := int64(0)
	for _, id := range b.Targets {
		if id >= 256 {
			ends++
		}
	}
	if want := int64(b.Rows*b.Length) - ends; b.Bytes != want {
		t.Errorf("%d bytes, want %d", b.Bytes, want)
	}
	if got := source(t, repeatsSpec(), 1).Train(1).Bytes; got != 0 {
		t.Errorf("generated symbols stand for %d bytes, want 0", got)
	}
}

func TestPrompt(t *testing.T) {
	b, texts, err := source(t, textSpec(t, "infill"), 1).Prompt("时习")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"时", "·", "·", "习", "·", "·"}, texts); d != "" {
		t.Errorf("texts (-want +got):\n%s", d)
	}
	want := Batch{
		Rows: 1, Length: 6, Inputs: []int32{0xe6, 0x97, 0xb6, 0xe4, 0xb9, 0xa0}, Targets: []int32{0xe6, 0x97, 0xb6, 0xe4, 0xb9, 0xa0},
		Weights: make([]float32, 6), Positions: []int32{0, 1, 2, 3, 4, 5}, BlockPositions: make([]int32, 6), Prefix: []int32{6}, Valid: []int32{6},
	}
	if d := cmp.Diff(want, b); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	s := source(t, repeatsSpec(), 1)
	for text, want := range map[string]string{
		"ABx": `prompt "ABx": letter 3, 'x', is no symbol of this corpus; it has "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"`,
		"":    `record.attention.prompts: "" has 0 tokens, want 1 to 64 (train.sequence_length)`, strings.Repeat("A", 65): fmt.Sprintf("record.attention.prompts: %q has 65 tokens, want 1 to 64 (train.sequence_length)", strings.Repeat("A", 65)),
	} {
		if _, _, err := s.Prompt(text); err == nil || err.Error() != want {
			t.Errorf("Prompt(%q): %v, want %s", text, err, want)
		}
	}
}

func TestInfillNeedsItsTokens(t *testing.T) {
	s := repeatsSpec()
	p, err := data.Prepare(t.Context(), s, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Objective = recipe
	if _, err := NewSource(p, s, 1); err == nil || !strings.Contains(err.Error(), "use bytes or bpe") {
		t.Errorf("error %v, want a remedy", err)
	}
}

// The validation's windows are one sequence, however they are cut into batches, and no two batches are alike.
func TestValidationIsOneSequence(t *testing.T) {
	for name, spec := range specs(t) {
		t.Run(name, func(t *testing.T) {
			wide := source(t, spec, 1)
			spec.Train.GlobalBatchSize /= 2
			narrow := source(t, spec, 1)
			half := len(wide.Validation(1).Inputs) / 2
			for i, got := range [][]int32{wide.Validation(1).Inputs[:half], wide.Validation(1).Inputs[half:]} {
				if d := cmp.Diff(narrow.Validation(2+i).Inputs, got); d != "" {
					t.Errorf("half %d (-narrow +wide):\n%s", i, d)
				}
			}
			if cmp.Equal(wide.Validation(0), wide.Validation(1)) {
				t.Error("two batches are alike")
			}
		})
	}
}

// Inputs of part B are blanked with block_mask_prob; targets never are.
func TestBlockMaskShare(t *testing.T) {
	s := source(t, textSpec(t, "infill"), 1)
	special, blanked, tokens := s.infilling.specials[tokenTask], 0, 0
	for step := range 60 {
		b := s.Train(step + 1)
		for i, weight := range b.Weights {
			if weight > 0 && b.Inputs[i] != special.StartOfPiece {
				if tokens++; b.Inputs[i] == special.BlockMask {
					blanked++
				}
			}
			if b.Targets[i] == special.BlockMask {
				t.Fatal("a target is blanked")
			}
		}
	}
	if share := float64(blanked) / float64(tokens); share < .09 || share > .11 {
		t.Errorf("%.3f of %d inputs are blanked, want .1", share, tokens)
	}
}

// Whatever shares and lengths a spec asks for, rows fit, or the error says what to change.
func TestInfillOfOtherNumbers(t *testing.T) {
	for _, test := range []struct {
		ratio, mean float64
		fits        bool
	}{{.3, 3, true}, {.15, 1, true}, {.5, 3, true}, {.3, 1.5, true}, {.5, 8, true}, {.9, 1, false}} {
		t.Run(fmt.Sprint(test.ratio, " ", test.mean), func(t *testing.T) {
			spec := textSpec(t, "infill")
			spec.Objective.MaskRatio, spec.Objective.MeanSpan = test.ratio, test.mean
			p, err := data.Prepare(t.Context(), spec, t.TempDir(), nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { p.Close() })
			s, err := NewSource(p, spec, 1)
			if !test.fits {
				if err == nil || !strings.Contains(err.Error(), "lower objective.mask_ratio") {
					t.Errorf("error %v, want a remedy", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			checkColumns(t, s, s.Train(1))
		})
	}
}

// BenchmarkBatch builds the batches of the demo, go-source and go-infill.
func BenchmarkBatch(b *testing.B) {
	for name, spec := range specs(b) {
		b.Run(name, func(b *testing.B) {
			s := source(b, spec, 1)
			b.ReportAllocs()
			for step := 1; b.Loop(); step++ {
				s.Train(step)
			}
		})
	}
}
