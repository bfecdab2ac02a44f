package generate

import (
	"encoding/json"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/google/go-cmp/cmp"

	"inkstone/runner/reference"
)

// generationCase is one case of a generation.json.
type generationCase struct {
	InputIDs      [][]int32 `json:"input_ids"`
	AttentionMask [][]int   `json:"attention_mask"`
	Args          Sampling
	Sequences     [][]int32
	Scores        []float64 `json:"sequences_scores"`
}

// requests are the prompts without their padding, and what is to be generated.
func (c generationCase) requests() (requests []Request, want [][]int32) {
	for i, ids := range c.InputIDs {
		pad := 0
		for c.AttentionMask[i][pad] == 0 {
			pad++
		}
		want = append(want, c.Sequences[i][len(ids):])
		requests = append(requests, Request{Prompt: ids[pad:], MaxNewTokens: len(want[i]), Sampling: c.Args, Row: i})
	}
	return requests, want
}

// generationFolders are those with a generation.json.
var generationFolders = []string{"glm4", "glm4_0414"}

// readGenerations reads the cases of a folder by name.
func readGenerations(t *testing.T, folder string) map[string]generationCase {
	t.Helper()
	var file map[string]json.RawMessage
	reference.JSON(t, &file, folder, "generation.json")
	all := map[string]generationCase{}
	for _, name := range []string{"greedy", "greedy_left_padded_batch", "greedy_repetition_penalty", "greedy_no_repeat_ngram", "beam4"} {
		var c generationCase
		if err := json.Unmarshal(file[name], &c); err != nil {
			t.Fatalf("%s, case %s: %v", folder, name, err)
		}
		all[name] = c
	}
	return all
}

// The generations of the reference implementation, token by token, and its logits before each.
func TestGenerationFixtures(t *testing.T) {
	for _, folder := range generationFolders {
		g := published(t, folder, 256)
		tensors := reference.Read(t, folder, "generation.safetensors")
		for name, c := range readGenerations(t, folder) {
			if name == "beam4" {
				continue
			}
			t.Run(folder+"/"+name, func(t *testing.T) {
				requests, want := c.requests()
				results, err := g.Generate(t.Context(), requests, nil)
				if err != nil {
					t.Fatal(err)
				}
				var got [][]int32
				for _, r := range results {
					got = append(got, r.IDs)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("generated (-want +got):\n%s", diff)
				}
				if d := reference.Distance(forced(t, g, requests, want), tensors.Floats(t, name+".logits")); !(d <= 2e-5) {
					t.Errorf("logits differ by %v", d)
				}
			})
		}
	}
}

// forced gives the logits [step, B, V] of each token along given continuations.
func forced(t *testing.T, g *Generator, requests []Request, continuations [][]int32) []float32 {
	t.Helper()
	rows := make([]*row, len(requests))
	for i, r := range requests {
		rows[i] = newRow(r, i, g.Context, g.Decoder)
	}
	logits, err := g.device.prefill(layOut(rows))
	var all []float32
	for k := range continuations[0] {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, logits...)
		for i, r := range rows {
			r.accept(continuations[i][k], 0)
		}
		logits, err = g.device.step(inputs(rows))
	}
	return all
}

// ChatGLM2 (folder chatglm2): logits of every step, and what the cache of layer 0 holds behind the rotation.
func TestChatGLM2Decode(t *testing.T) {
	want := reference.Read(t, "chatglm2", "expected.safetensors")
	ids := want.Ints(t, "unpadded.input_ids")[:12]
	g := published(t, "chatglm2", 128)
	const prompt = 5
	// The last step's logits follow the last token; what is forced behind it is of no consequence.
	logits := forced(t, g, []Request{{Prompt: ids[:prompt]}}, [][]int32{append(ids[prompt:], 0)})
	if d := reference.Distance(logits, want.Floats(t, "kv_decode.logits")); !(d <= 2e-5) {
		t.Errorf("logits differ by %v", d)
	}
	for i, name := range []string{"kv_decode.layer0_keys", "kv_decode.layer0_values"} {
		got := g.device.columns(t, i, g.device.at-1-len(ids), g.device.at-1)
		if d := reference.Distance(got, want.Floats(t, name)); !(d <= 2e-5) {
			t.Errorf("%s differ by %v", name, d)
		}
	}
}

// columns copies some columns of tensor i of the cache, of a batch of one.
func (d *device) columns(t *testing.T, i, from, to int) []float32 {
	t.Helper()
	all, err := tensors.CopyFlatData[float32](d.cache[i])
	if err != nil {
		t.Fatal(err)
	}
	shape := d.cache[i].Shape().Dimensions
	var out []float32
	for group := range shape[1] {
		at := group * shape[2] * shape[3]
		out = append(out, all[at+from*shape[3]:at+to*shape[3]]...)
	}
	return out
}

// ChatGLM-6B (folder chatglm1): 16 tokens behind [gMASK] and <sop>, which the reference implementation chooses.
func TestChatGLM1Greedy(t *testing.T) {
	var expected struct {
		Greedy struct{ Prompt, Sequence []int32 }
	}
	reference.JSON(t, &expected, "chatglm1", "expected.json")
	prompt, want := expected.Greedy.Prompt, expected.Greedy.Sequence[len(expected.Greedy.Prompt):]
	g := published(t, "chatglm1", 64)
	const sop, eop = 130, 131
	mask := len(prompt) - 2
	request := Request{Prompt: prompt[:mask+1], Blanks: &Blanks{At: []int{mask}, Start: sop, End: eop}, MaxNewTokens: len(want)}
	results, err := g.Generate(t.Context(), []Request{request}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, results[0].IDs); diff != "" {
		t.Errorf("generated (-want +got):\n%s", diff)
	}
	logits := reference.Read(t, "chatglm1", "expected.safetensors").Floats(t, "greedy.logits")
	if d := reference.Distance(forced(t, g, []Request{request}, [][]int32{want}), logits); !(d <= 3e-5) {
		t.Errorf("logits differ by %v", d)
	}
}
