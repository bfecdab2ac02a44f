package runner

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var sampled = []string{"record.samples.prompts=[ABCD, BA]", "record.samples.max_new_tokens=3", "record.samples.temperature=0.7"}

// TestSamples: texts come at their steps, the same ones every time, and training does not notice.
func TestSamples(t *testing.T) {
	plain, plainRecord := tinyJob(t)
	mustRun(t, plain)
	job, record := tinyJob(t, sampled...)
	mustRun(t, job)
	again, againRecord := tinyJob(t, sampled...)
	mustRun(t, again)
	if d := cmp.Diff(plainRecord.logged, record.logged); d != "" {
		t.Errorf("sampling changes what is trained:\n%s", d)
	}
	var got []string
	for _, text := range record.texts {
		got = append(got, fmt.Sprintf("%d %s %s", text.Step, text.Name, text.Prompt))
		if len(text.Output) != 3 || string(text.Settings) != `{"max_new_tokens":3,"temperature":0.7,"top_k":0,"top_p":1}` {
			t.Errorf("output %q, settings %s", text.Output, text.Settings)
		}
	}
	var want []string
	for _, step := range []int{0, 1, 2, 4, 6} {
		want = append(want, fmt.Sprintf("%d prompt-0 ABCD", step), fmt.Sprintf("%d prompt-1 BA", step))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("texts (-want +got):\n%s", d)
	}
	for i, text := range againRecord.texts {
		if text.Output != record.texts[i].Output {
			t.Errorf("text %d is %q, and was %q", i, text.Output, record.texts[i].Output)
		}
	}
}

// TestSamplesFollowTheWeights: with the most probable token, a trained model goes on otherwise than an untrained one.
func TestSamplesFollowTheWeights(t *testing.T) {
	job, record := tinyJob(t, "record.samples.prompts=[ABCD]", "record.samples.max_new_tokens=4", "train.max_steps=40")
	mustRun(t, job)
	first, last := record.texts[0], record.texts[len(record.texts)-1]
	if first.Output == last.Output {
		t.Errorf("at step %d and at step %d the text is %q", first.Step, last.Step, last.Output)
	}
}

func TestSamplesThatCannotBeAreRefusedAtOnce(t *testing.T) {
	job, _ := tinyJob(t, "record.samples.prompts=[ABCDABCDABCD]")
	if _, err := Run(t.Context(), job); err == nil {
		t.Error("a prompt that fills the context is accepted")
	} else {
		t.Log(err)
	}
}
