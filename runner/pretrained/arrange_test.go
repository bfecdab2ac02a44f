package pretrained

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/experiments"
	"inkstone/runner/reference"
	"inkstone/runner/weights"
)

// variant is a copy of a fixture's folder with its configuration and its tensors changed.
func variant(t *testing.T, folder, keys string, change func(map[string]weights.Tensor)) string {
	t.Helper()
	dir := t.TempDir()
	tensors := content(t, reference.Path(t, folder), nil)
	change(tensors)
	if _, err := weights.Write(filepath.Join(dir, "model.safetensors"), tensors, nil); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, configName), string(withKeys(t, folder, keys)))
	return dir
}

func same(map[string]weights.Tensor) {}

func TestTied(t *testing.T) {
	tied := variant(t, "glm4/edge", "{}", func(all map[string]weights.Tensor) { all["lm_head.weight"] = all["model.embed_tokens.weight"] })
	if c := open(t, tied, Options{}); len(c.Warnings) > 0 || !c.Model.TieWordEmbeddings || !slices.Equal(c.Dropped, []string{"lm_head.weight"}) {
		t.Errorf("a redundant head: warnings %q, dropped %q, tied %v", c.Warnings, c.Dropped, c.Model.TieWordEmbeddings)
	}
	other := variant(t, "glm4/edge", "{}", func(all map[string]weights.Tensor) {
		head := all["model.embed_tokens.weight"]
		head.Data = bytes.Clone(head.Data)
		head.Data[0] ^= 1
		all["lm_head.weight"] = head
	})
	c := open(t, other, Options{})
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "lm_head.weight is there and differs from model.embed_tokens.weight; it is loaded") || c.Model.TieWordEmbeddings {
		t.Errorf("a head of its own: warnings %q, tied %v", c.Warnings, c.Model.TieWordEmbeddings)
	}
	if _, err := c.Tensor("lm_head.weight"); err != nil {
		t.Error(err)
	}
}

func TestSizesFromTheFiles(t *testing.T) {
	c := open(t, variant(t, "chatglm2", `{"padded_vocab_size": 100}`, same), Options{})
	if c.Model.VocabSize != 168 || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "a vocabulary of 100, and the embedding has 168 rows") {
		t.Errorf("vocabulary %d, warnings %q", c.Model.VocabSize, c.Warnings)
	}
	c = open(t, variant(t, "glm_base", `{"max_sequence_length": 10}`, same), Options{})
	if c.Model.MaxPositionEmbeddings != 64 || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "10 positions, and their table has 65 rows") {
		t.Errorf("positions %d, warnings %q", c.Model.MaxPositionEmbeddings, c.Warnings)
	}
}

func TestTokenizersSize(t *testing.T) {
	for vocab, want := range map[string]string{
		`{"model":{"vocab":{"a":0,"b":1}},"added_tokens":[{"id":148,"content":"<x>"}]}`: "the embedding has 151 rows and tokenizer.json 149 entries; ids from 149 on",
		`{"model":{"vocab":[["a",0],["b",0]]}}`:                                         "tokenizer.json 2 entries",
		`{"model":{"vocab":{"a":150}}}`:                                                 "",
	} {
		dir := variant(t, "glm4", "{}", same)
		writeFile(t, filepath.Join(dir, "tokenizer.json"), vocab)
		if c := open(t, dir, Options{}); want == "" && len(c.Warnings) > 0 || want != "" && (len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], want)) {
			t.Errorf("%s: warnings %q, want %q", vocab, c.Warnings, want)
		}
	}
	for vocab, want := range map[string]string{
		`{"model":{"vocab":{"a":151}}}`: "tokenizer.json has ids up to 151, and the embedding has 151 rows",
		"[":                             "tokenizer.json: ",
	} {
		dir := variant(t, "glm4", "{}", same)
		writeFile(t, filepath.Join(dir, "tokenizer.json"), vocab)
		if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", vocab, err, want)
		}
	}
}

// TestHeads finds a task's head beside the model, in the files' names and in Inkstone's.
func TestHeads(t *testing.T) {
	for _, test := range []struct {
		folder, file string
		want         []string
	}{
		{"chatglm2", "classifier.safetensors", []string{"score.bias", "score.weight"}},
		{"bert_mlm", "sequence_classification.model.safetensors", []string{"pooler.dense.bias", "pooler.dense.weight", "score.bias", "score.weight"}},
		{"bert_mlm", "question_answering.model.safetensors", []string{"qa_outputs.bias", "qa_outputs.weight"}},
	} {
		dir := variant(t, test.folder, "{}", func(all map[string]weights.Tensor) {
			for name, tensor := range content(t, reference.Path(t, test.folder, test.file), []string{"expected.logits"}) {
				all[name] = tensor
			}
		})
		c := open(t, dir, Options{})
		if diff := cmp.Diff(test.want, c.Heads); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.file, diff)
		}
		to := filepath.Join(t.TempDir(), "copy")
		if _, err := Write(to, Export{Config: c.Config, Tensors: c, Heads: c.Heads, DType: weights.F32}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(content(t, dir, c.Dropped), content(t, to, nil), sameTensors); diff != "" {
			t.Errorf("%s, a copy (-want +got):\n%s", test.file, diff)
		}
	}
}

// TestOlderBERT reads normalisations by their older names, a head's second names, and leaves out what no task needs.
func TestOlderBERT(t *testing.T) {
	dir := variant(t, "bert_mlm", "{}", func(all map[string]weights.Tensor) {
		for name, tensor := range all {
			if older := strings.NewReplacer("LayerNorm.weight", "LayerNorm.gamma", "LayerNorm.bias", "LayerNorm.beta").Replace(name); older != name {
				delete(all, name)
				all[older] = tensor
			}
		}
		all["bert.embeddings.position_ids"] = weights.Tensor{DType: weights.I64, Shape: []int{1}, Data: make([]byte, 8)}
		all["cls.predictions.decoder.weight"] = all["bert.embeddings.word_embeddings.weight"]
		all["cls.predictions.decoder.bias"] = all["cls.predictions.bias"]
		all["cls.seq_relationship.weight"] = weights.Float32([]int{1}, []float32{0})
	})
	c := open(t, dir, Options{})
	if len(c.Dropped) != 3 || !slices.Equal(c.LeftOut, []string{"cls.seq_relationship.weight"}) || len(c.Warnings) != 1 {
		t.Errorf("dropped %q, left out %q, warnings %q", c.Dropped, c.LeftOut, c.Warnings)
	}
	want := open(t, reference.Path(t, "bert_mlm"), Options{})
	for _, w := range want.Parameters {
		a, _ := want.Tensor(w.Name)
		if b, err := c.Tensor(w.Name); err != nil || !bytes.Equal(a.Data, b.Data) {
			t.Errorf("%s: %v", w.Name, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	one := weights.Float32([]int{1}, []float32{0})
	remove := func(name string) func(map[string]weights.Tensor) {
		return func(all map[string]weights.Tensor) { delete(all, name) }
	}
	add := func(name string) func(map[string]weights.Tensor) {
		return func(all map[string]weights.Tensor) { all[name] = one }
	}
	for _, test := range []struct {
		folder, keys string
		change       func(map[string]weights.Tensor)
		want         string
	}{
		{"glm4", "{}", remove("model.layers.1.self_attn.q_proj.weight"), `there is no tensor "model.layers.1.self_attn.q_proj.weight"`},
		{"glm4", "{}", remove("model.embed_tokens.weight"), `there is no tensor "model.embed_tokens.weight"`},
		{"glm4", "{}", remove("lm_head.weight"), "tie_word_embeddings is false, and there is no lm_head.weight"},
		{"glm4", "{}", add("model.layers.3.input_layernorm.weight"), `tensor "model.layers.3.input_layernorm.weight" is no part of this model`},
		{"glm4", "{}", add("model.embed_tokens.weight"), `tensor "model.embed_tokens.weight" has shape [1], want a matrix`},
		{"glm4", `{"intermediate_size": 81}`, same, `tensor "model.layers.0.mlp.gate_up_proj.weight" has shape [160 48], and the configuration means [162 48]`},
		{"chatglm2", `{"multi_query_group_num": 1}`, same, `tensor "transformer.encoder.layers.0.self_attention.query_key_value.weight" has shape [128 48], and the configuration means [96 48]`},
		{"chatglm2", `{"num_layers": 9}`, same, "and "},
		{"bert_mlm", "{}", add("cls.predictions.decoder.bias"), `tensor "cls.predictions.decoder.bias" differs from "cls.predictions.bias"`},
	} {
		dir := variant(t, test.folder, test.keys, test.change)
		if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s with %s: got %v, want %q", test.folder, test.keys, err, test.want)
		}
	}
}

// TestOpenRun opens a run's checkpoint: its spec leaves the sizes of the tables to the tokenizer and the data, and the file has the
// optimizer's moments beside.
func TestOpenRun(t *testing.T) {
	from := open(t, reference.Path(t, "glm_base"), Options{})
	all := map[string]weights.Tensor{}
	for _, w := range from.Parameters {
		tensor, err := from.Tensor(w.Name)
		if err != nil {
			t.Fatal(err)
		}
		all[w.Name], all["optimizer.moment1."+w.Name] = tensor, tensor
	}
	path := filepath.Join(t.TempDir(), "step-00000001.safetensors")
	if _, err := weights.Write(path, all, nil); err != nil {
		t.Fatal(err)
	}
	var spec experiments.Spec
	spec.Model, spec.Train.SequenceLength = from.Model, 32
	spec.Model.VocabSize, spec.Model.MaxPositionEmbeddings = 0, 32
	c, err := OpenRun(path, spec)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if diff := cmp.Diff(from.Model, c.Model); diff != "" || len(c.Dropped) != len(from.Parameters) || len(c.Warnings) > 0 {
		t.Errorf("dropped %d, warnings %q, model (-want +got):\n%s", len(c.Dropped), c.Warnings, diff)
	}
	if d, err := c.Suits(); err != nil || d != GLMOriginal {
		t.Errorf("it suits %q, %v", d, err)
	}
	spec.Model.NumHiddenLayers = 2
	if _, err := OpenRun(path, spec); err == nil || !strings.Contains(err.Error(), "is no checkpoint of this run") || !strings.Contains(err.Error(), "model.layers.2.") {
		t.Errorf("got %v", err)
	}
	c.Model.MLP = "none"
	if _, err := c.Suits(); err == nil || !strings.Contains(err.Error(), "no published form has words for this model; the nearest: this model cannot be written as ") {
		t.Errorf("got %v", err)
	}
}
