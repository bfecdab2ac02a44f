package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// generated is an object of inkstone generate --json.
type generated struct {
	Prompt, Text, Filled, Reason string
	IDs                          []int32
	LogProbs                     []float64 `json:"log_probs"`
	Fills                        []string
}

func generatedBy(t *testing.T, args ...string) (all []generated) {
	t.Helper()
	if err := json.Unmarshal([]byte(mustRun(t, append([]string{"generate", "--json"}, args...)...)), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestATrainedModelGoesOn(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store")
	mustRun(t, "run", "testdata/specs/tiny.yaml", "--variants", "baseline", "--set", "seeds=1", "--store", store, "--addr", "off")
	const ref = "tiny/baseline/1"

	got := generatedBy(t, ref, "--prompt", "ABCABC", "--max-new-tokens", "3", "--store", store)
	if len(got) != 1 || len(got[0].IDs) != 3 || len(got[0].LogProbs) != 3 || len(got[0].Text) != 3 || got[0].Reason != "length" {
		t.Errorf("got %+v, want three tokens", got)
	}
	if whole := mustRun(t, "generate", ref, "--prompt", "ABCABC", "--store", store); len(whole) != 7 || whole[:3] != got[0].Text {
		t.Errorf("plain text %q, want the rest of the context, beginning with %q", whole, got[0].Text)
	}
	streamed := inkstone(t, "generate", ref, "--prompt", "ABCABC", "--max-new-tokens", "3", "--stream", "--store", store)
	if streamed.stdout != got[0].Text+"\n" || !strings.Contains(streamed.stderr, "3 tokens in ") || !strings.Contains(streamed.stderr, "ended by: length") {
		t.Errorf("streamed %q, %q", streamed.stdout, streamed.stderr)
	}
	draws := []string{ref, "--prompt", "A", "--temperature", "1", "--n", "3", "--seed", "5", "--store", store}
	three, again := generatedBy(t, draws...), generatedBy(t, draws...)
	if len(three) != 3 || fmt.Sprint(three) != fmt.Sprint(again) || three[0].Text == three[1].Text && three[1].Text == three[2].Text {
		t.Errorf("got %+v, then %+v; want three texts, the same again", three, again)
	}
	file := filepath.Join(t.TempDir(), "prompt")
	if err := os.WriteFile(file, []byte("ABCABC"), 0o600); err != nil {
		t.Fatal(err)
	}
	if at := generatedBy(t, ref, "--prompt-file", file, "--step", "25", "--store", store); len(at) != 1 || at[0].Prompt != "ABCABC" {
		t.Errorf("from a file, at step 25: %+v", at)
	}

	for _, test := range []struct {
		want string
		args []string
	}{
		{"give a prompt with --prompt TEXT", nil},
		{"no checkpoint at step 7; there are those at 25, 30", []string{"--prompt", "A", "--step", "7"}},
		{"the prompt takes 12 of the 12 tokens", []string{"--prompt", "ABCABCABCABC"}},
		{"is no symbol of this corpus", []string{"--prompt", "?"}},
		{"differ with --temperature alone", []string{"--prompt", "A", "--n", "2"}},
		{"at most 1024 texts", []string{"--prompt", "A", "--n", "1000000", "--temperature", "1"}},
		{"top_p is 3", []string{"--prompt", "A", "--top-p", "3"}},
		{"read the prompt", []string{"--prompt-file", "no-such-file"}},
	} {
		r := inkstone(t, append([]string{"generate", ref, "--store", store}, test.args...)...)
		if r.status != 2 || !strings.Contains(r.stderr, test.want) {
			t.Errorf("%v: status %d, %q, want %q", test.args, r.status, r.stderr, test.want)
		}
	}
}

func TestBlanksAreFilledIn(t *testing.T) {
	dir := t.TempDir()
	spec, err := os.ReadFile("testdata/specs/blanks.yaml")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "blanks.yaml"), spec, 0o600)
	}
	for i := range 12 {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.txt", i)), []byte(fmt.Sprint(i, strings.Repeat(" The pen is mightier than the sword.", 20))), 0o600)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(dir, "store")
	mustRun(t, "run", filepath.Join(dir, "blanks.yaml"), "--store", store, "--addr", "off")
	got := generatedBy(t, "blanks/baseline/1", "--prompt", "The [MASK] is", "--max-new-tokens", "4", "--store", store)
	if len(got) != 1 || len(got[0].Fills) != 1 || got[0].Filled != "The "+got[0].Fills[0]+" is" {
		t.Errorf("got %+v, want the blank filled in", got)
	}
}
