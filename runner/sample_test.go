package runner

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Samples are written at their steps, differ as the weights do, are the same again, and change no weights.
func TestSamplesAreWritten(t *testing.T) {
	sets := []string{"record.samples.prompts=[ABC, FGHAFGH]", "record.samples.at=end", "record.samples.every=4", "record.samples.max_new_tokens=6",
		"record.samples.temperature=1", "record.samples.top_k=5", "record.samples.seed=7"}
	job, record := tinyJob(t, sets...)
	mustRun(t, job)
	var got []string
	for _, text := range record.texts {
		got = append(got, fmt.Sprint(text.Step, text.Name, text.Prompt, len(text.Output)))
		if strings.Trim(text.Output, "ABCDEFGH") != "" {
			t.Errorf("step %d wrote %q, which are no symbols", text.Step, text.Output)
		}
	}
	want := []string{"0prompt-0ABC6", "0prompt-1FGHAFGH5", "4prompt-0ABC6", "4prompt-1FGHAFGH5", "6prompt-0ABC6", "6prompt-1FGHAFGH5"}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("samples (-want +got):\n%s", d)
	}
	if d := cmp.Diff(`{"max_new_tokens":6,"temperature":1,"top_k":5,"top_p":1,"seed":7,"tokens":5,"reason":"context"}`, string(record.texts[1].Settings)); d != "" {
		t.Errorf("settings (-want +got):\n%s", d)
	}
	again, record2 := tinyJob(t, sets...)
	mustRun(t, again)
	if d := cmp.Diff(record.texts, record2.texts); d != "" {
		t.Errorf("the same spec writes something else (-first +second):\n%s", d)
	}
	without, _ := tinyJob(t)
	mustRun(t, without)
	_, with := latest(t, job)
	_, plain := latest(t, without)
	if d := cmp.Diff(plain, with); d != "" {
		t.Errorf("samples change the weights (-without +with):\n%s", d)
	}
}

// The writer has the weights of its step, not those that it was made with.
func TestSamplesFollowTheWeights(t *testing.T) {
	job, record := tinyJob(t, "record.samples.prompts=[ABCABCAB]", "record.samples.max_new_tokens=1", "train.max_steps=80", "train.learning_rate=3e-2",
		"data.repeats.min_period=3", "data.repeats.max_period=3", "record.head_scores.every=0", "record.attention.at=never")
	mustRun(t, job)
	if last := record.texts[len(record.texts)-1]; last.Step != 80 || last.Output != "C" {
		t.Errorf("step %d wrote %q behind ABCABCAB, want C", last.Step, last.Output)
	}
}

// Infilling stores the whole text with its blanks filled in.
func TestSamplesFillBlanks(t *testing.T) {
	job, record := jobOf(t, fmt.Sprintf(`
spec: 1
name: blanks
seeds: [3]
data: {files: [%q], validation: {share: 0.2, batches: 1}}
model: {hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, positions: learned, mlp: none}
objective: infill
train: {max_steps: 1, global_batch_size: 2, sequence_length: 48, learning_rate: 1e-2}
record: {samples: {at: end, prompts: ["the [MASK] sing", "the rain"], max_new_tokens: 4}}
`, text(t)))
	mustRun(t, job)
	if len(record.texts) != 2 || !strings.HasPrefix(record.texts[0].Output, "the ") || !strings.HasSuffix(record.texts[0].Output, " sing") ||
		strings.Contains(record.texts[0].Output, "MASK") || !strings.HasPrefix(record.texts[1].Output, "the rain") {
		t.Errorf("samples %+v", record.texts)
	}
}
