package runner

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// text writes a corpus of several documents and returns the glob of its files.
func text(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for i := range 40 {
		line := fmt.Sprintf("the %d birds sing in the %d trees, and the rain falls.\n", i, i%7)
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.txt", i)), []byte(strings.Repeat(line, 1+i%3)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder + "/*.txt"
}

// Every block of the family learns, by every objective that it takes: the spec's switches reach the graphs.
func TestFamiliesLearn(t *testing.T) {
	const glm2021 = "positions: learned, norm: layernorm, mlp: gelu, linear_bias: true, tie_word_embeddings: true"
	for _, test := range []struct{ name, model, rest string }{
		{"GLM, infilling", glm2021, "objective: infill"},
		{"ChatGLM-6B, infilling", "positions: rotary-2d, norm: layernorm, norm_placement: normed-residual, mlp: gelu, linear_bias: true", "objective: infill"},
		{"GLM-4-0414, packed", "norm_placement: sandwich, num_key_value_heads: 1, vocab_size: 300", "objective: causal"},
		{"GLM, masked, packed", glm2021, "objective: mlm"},
		{"BERT, masked", "family: bert, positions: absolute, type_vocab_size: 2, norm: layernorm, norm_placement: post, mlp: gelu-erf, linear_bias: true, tie_word_embeddings: true", "objective: mlm"},
	} {
		t.Run(test.name, func(t *testing.T) {
			spec := fmt.Sprintf(`
spec: 1
name: families
seeds: [3]
data: {files: [%q], validation: {share: 0.2, batches: 2}}
model: {hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, %s}
%s
train: {max_steps: 30, global_batch_size: 8, sequence_length: 48, learning_rate: 1e-2}
record: {metrics: {every: 10}, validation: {every: 30}}
`, text(t), test.model, test.rest)
			var sets []string
			if strings.Contains(test.name, "packed") {
				sets = append(sets, "data.packing=documents")
			}
			job, record := jobOf(t, spec, sets...)
			mustRun(t, job)
			if first, last := record.logged[0]["val/loss"], record.logged[30]["val/loss"]; !(last < first-0.3) {
				t.Errorf("val/loss went from %v to %v", first, last)
			}
		})
	}
}
