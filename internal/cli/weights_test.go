package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const models = "../../runner/reference/testdata"

func TestWeightsShow(t *testing.T) {
	out := mustRun(t, "weights", "show", models+"/chatglm2")
	for _, want := range []string{"chatglm\n", "25 tensors in 1 file", "(F32)", "transformer.rotary_pos_emb.inv_freq", "model.num_key_value_heads", "model.partial_rotary_factor"} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "self_attention") {
		t.Errorf("tensors without --tensors:\n%s", out)
	}
	if out := mustRun(t, "weights", "show", models+"/chatglm2", "--tensors"); !strings.Contains(out, "transformer.encoder.layers.2.self_attention.query_key_value.bias") {
		t.Errorf("no tensors:\n%s", out)
	}
	r := inkstone(t, "weights", "show", models+"/chatglm1")
	if r.status != 0 || !strings.Contains(r.stderr, "warning: query_key_value is read head by head") {
		t.Errorf("status %d, %q", r.status, r.stderr)
	}
	if r := inkstone(t, "weights", "show", models+"/chatglm1", "--qkv", "per-head"); r.status != 0 || r.stderr != "" {
		t.Errorf("status %d, %q", r.status, r.stderr)
	}
	var shown struct {
		Dialect    string
		Files      int
		Parameters int64
		DTypes     map[string]int64
		Tensors    []struct{ Name, DType string }
	}
	if err := json.Unmarshal([]byte(mustRun(t, "weights", "show", models+"/chatglm2/sharded", "--json")), &shown); err != nil {
		t.Fatal(err)
	}
	if shown.Dialect != "chatglm" || shown.Files != 2 || shown.Parameters != shown.DTypes["F32"] || shown.Parameters*4 != 295488 || len(shown.Tensors) != 24 {
		t.Errorf("got %+v", shown)
	}
	if out := mustRun(t, "weights", "show", models+"/chatglm2/classifier.safetensors"); !strings.Contains(out, "safetensors without a config.json") || !strings.Contains(out, "3 tensors") {
		t.Errorf("a file alone:\n%s", out)
	}
}

// TestWeightsOfARun trains, writes the checkpoint as published models are, and brings it back through another form.
func TestWeightsOfARun(t *testing.T) {
	dir := t.TempDir()
	store := filepath.Join(dir, "store")
	mustRun(t, "run", "testdata/specs/tiny.yaml", "--addr", "off", "--store", store, "--variants", "baseline", "--set", "seeds=1", "--set", "model.mlp=swiglu", "--set", "train.max_steps=6")
	shown := mustRun(t, "weights", "show", "tiny/baseline/1", "--store", store)
	if !strings.Contains(shown, "inkstone\n") || !strings.Contains(shown, "optimizer.moment1.lm_head.weight") {
		t.Errorf("the run:\n%s", shown)
	}
	first, remote, back := filepath.Join(dir, "glm"), filepath.Join(dir, "chatglm"), filepath.Join(dir, "back")
	if out := mustRun(t, "weights", "convert", "tiny/baseline/1", first, "--store", store); !strings.Contains(out, "as glm, F32, in 2 files") {
		t.Errorf("got %q", out)
	}
	mustRun(t, "weights", "convert", first, remote, "--as", "chatglm")
	mustRun(t, "weights", "convert", remote, back, "--as", "glm")
	read := func(dir string) string {
		text, err := os.ReadFile(filepath.Join(dir, "model.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if read(first) != read(back) || read(first) == read(remote) {
		t.Error("glm to chatglm to glm is not the same file")
	}
	mustRun(t, "weights", "show", back, "--verify")
	damaged := []byte(read(back))
	damaged[len(damaged)-1] ^= 1
	if err := os.WriteFile(filepath.Join(back, "model.safetensors"), damaged, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{back, filepath.Join(back, "model.safetensors")} {
		if r := inkstone(t, "weights", "show", path, "--verify"); r.status != 1 || !strings.Contains(r.stderr, "the checksum does not match") {
			t.Errorf("%s, damaged: status %d, %q", path, r.status, r.stderr)
		}
	}
	var shownHalf struct{ DTypes map[string]int64 }
	half := filepath.Join(dir, "folders", "are", "made", "half")
	mustRun(t, "weights", "convert", first, half, "--dtype", "bf16", "--json")
	if err := json.Unmarshal([]byte(mustRun(t, "weights", "show", half, "--json")), &shownHalf); err != nil || shownHalf.DTypes["BF16"] == 0 {
		t.Errorf("got %v, %v", shownHalf, err)
	}
}

func TestWeightsRefused(t *testing.T) {
	nothing := filepath.Join(t.TempDir(), "nothing")
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"weights", "show", nothing, "--store", nothing}, 2, "there is no file or folder"},
		{[]string{"weights", "show", nothing, "--store", emptyStore(t)}, 2, "nor such a run in the store"},
		{[]string{"weights", "look"}, 2, `no command "look"`},
		{[]string{"weights", "show"}, 2, "needs PATH or RUN"},
		{[]string{"weights", "show", models + "/chatglm1", "--qkv", "diagonal"}, 1, "there is no layout"},
		{[]string{"weights", "show", "weights_test.go"}, 1, "open weights weights_test.go: "},
		{[]string{"weights", "convert", models + "/chatglm1", nothing, "--as", "glm"}, 1, "this model cannot be written as glm"},
		{[]string{"weights", "convert", models + "/glm4", nothing, "--as", "gpt"}, 2, `there is no form "gpt"; there are glm, glm4, chatglm, `},
		{[]string{"weights", "convert", models + "/glm4", nothing, "--dtype", "int8"}, 2, `--dtype "int8": want f32, bf16 or f16`},
		{[]string{"weights", "convert", models + "/glm4", nothing, "--shard-size", "0"}, 2, "--shard-size 0"},
		{[]string{"weights", "convert", models + "/glm4", models}, 1, "the folder is not empty"},
		{[]string{"weights", "convert", models + "/glm4/model.safetensors", nothing}, 2, "a model is a folder with its config.json, or a run"},
	} {
		r := inkstone(t, test.args...)
		if r.status != test.status || !strings.Contains(r.stderr, test.want) {
			t.Errorf("%v: status %d, %q; want %d, %q", test.args, r.status, r.stderr, test.status, test.want)
		}
		if _, err := os.Stat(nothing); err == nil {
			t.Errorf("%v wrote something", test.args)
		}
	}
}

// emptyStore is a store without a run.
func emptyStore(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	mustRun(t, "batch", "testdata/specs/tiny.yaml", "--store", dir)
	return dir
}
