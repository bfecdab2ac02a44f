package pretrained

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/weights"
)

func open(t *testing.T, dir string, o Options) *Checkpoint {
	t.Helper()
	c, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// content are all tensors of a file, but for those that are dropped.
func content(t *testing.T, path string, dropped []string) map[string]weights.Tensor {
	t.Helper()
	file, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all := map[string]weights.Tensor{}
	for _, name := range file.Names() {
		if tensor, _ := file.Tensor(name); !slices.Contains(dropped, name) {
			tensor.Data = bytes.Clone(tensor.Data)
			all[name] = tensor
		}
	}
	return all
}

// sameTensors compares bytes at once.
var sameTensors = cmp.Comparer(func(a, b weights.Tensor) bool {
	return a.DType == b.DType && slices.Equal(a.Shape, b.Shape) && bytes.Equal(a.Data, b.Data)
})

// TestRoundTrip opens every fixture, writes it in its own dialect, and compares the files bit for bit.
func TestRoundTrip(t *testing.T) {
	for _, test := range []struct {
		folder   string
		dropped  int
		warnings int
	}{
		{"glm4", 0, 0}, {"glm4/edge", 0, 0}, {"glm4_0414", 0, 0}, {"chatglm2", 1, 0}, {"chatglm2/sharded", 0, 0}, {"chatglm1", 3, 1},
		{"chatglm1/glm130b_style", 0, 1}, {"glm_base", 0, 0}, {"bert_mlm", 0, 0},
	} {
		t.Run(test.folder, func(t *testing.T) {
			c := open(t, fixture(test.folder), Options{})
			if len(c.Dropped) != test.dropped || len(c.LeftOut) > 0 || len(c.Heads) > 0 || len(c.Warnings) != test.warnings {
				t.Errorf("dropped %q, left out %q, heads %q, warnings %q", c.Dropped, c.LeftOut, c.Heads, c.Warnings)
			}
			for _, w := range c.Parameters {
				if got, err := c.Tensor(w.Name); err != nil || !slices.Equal(got.Shape, w.Shape) {
					t.Errorf("%s: shape %v, %v, want %v", w.Name, got.Shape, err, w.Shape)
				}
			}
			to := filepath.Join(t.TempDir(), "copy")
			files, err := Write(to, Export{Config: c.Config, Tensors: c, DType: weights.F32, ShardBytes: 100_000})
			if err != nil {
				t.Fatal(err)
			}
			if files[0] != configName || len(files) < 3 {
				t.Errorf("wrote %q", files)
			}
			if diff := cmp.Diff(content(t, fixture(test.folder), c.Dropped), content(t, to, nil), sameTensors); diff != "" {
				t.Errorf("tensors (-fixture +copy):\n%s", diff)
			}
			again := open(t, to, Options{})
			again.Config.Warnings, again.Config.DType = c.Config.Warnings, c.Config.DType
			if diff := cmp.Diff(c.Config, again.Config); diff != "" {
				t.Errorf("configuration (-fixture +copy):\n%s", diff)
			}
		})
	}
}

// TestConverted compares the remote code's fixture, converted, with the conversion that the fixture has beside.
func TestConverted(t *testing.T) {
	want := content(t, fixture("chatglm2", "native.safetensors"), nil)
	for _, folder := range []string{"chatglm2", "chatglm2/sharded"} {
		c := open(t, fixture(folder), Options{})
		got := map[string]weights.Tensor{}
		for _, w := range c.Parameters {
			got[w.Name], _ = c.Tensor(w.Name)
		}
		if diff := cmp.Diff(want, got, sameTensors); diff != "" {
			t.Errorf("%s (-want +got):\n%s", folder, diff)
		}
		native, err := ReadConfig(fixture("chatglm2", "native_config.json"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(native.Model, c.Model); diff != "" {
			t.Errorf("%s, model (-want +got):\n%s", folder, diff)
		}
	}
	back := filepath.Join(t.TempDir(), "back")
	c := open(t, fixture("chatglm2"), Options{})
	c.Dialect = GLM
	if _, err := Write(back, Export{Config: c.Config, Tensors: c, DType: weights.F32}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, content(t, back, nil), sameTensors); diff != "" {
		t.Errorf("as glm (-want +got):\n%s", diff)
	}
}

// TestProjections takes rows that tell where they come from.
func TestProjections(t *testing.T) {
	fused := weights.Float32([]int{12}, []float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
	for _, test := range []struct {
		heads, groups, width int
		perHead              bool
		q, k, v              []float32
	}{
		{2, 2, 2, true, []float32{0, 1, 6, 7}, []float32{2, 3, 8, 9}, []float32{4, 5, 10, 11}},
		{2, 2, 2, false, []float32{0, 1, 2, 3}, []float32{4, 5, 6, 7}, []float32{8, 9, 10, 11}},
		{4, 1, 2, false, []float32{0, 1, 2, 3, 4, 5, 6, 7}, []float32{8, 9}, []float32{10, 11}},
	} {
		q, k, v := projections(test.heads, test.groups, test.width, test.perHead)
		again := weights.Float32([]int{12}, make([]float32, 12))
		for i, r := range []rows{q, k, v} {
			part, err := r.take(fused)
			if err != nil {
				t.Fatal(err)
			}
			values, err := part.Float32s()
			if want := [][]float32{test.q, test.k, test.v}[i]; err != nil || !slices.Equal(values, want) {
				t.Errorf("%+v, part %d: got %v, %v, want %v", test, i, values, err, want)
			}
			if err := r.put(again, part); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(fused.Data, again.Data) {
			t.Errorf("%+v: fused again it differs", test)
		}
	}
	q, _, _ := projections(4, 2, 2, false)
	if _, err := q.take(fused); err == nil || !strings.Contains(err.Error(), "this model means 16 rows") {
		t.Errorf("got %v", err)
	}
}

// TestLayout reads the same file in both layouts, and the choice of Inkstone's own files.
func TestLayout(t *testing.T) {
	key := func(o Options, dir string) (weights.Tensor, *Checkpoint) {
		c := open(t, dir, o)
		tensor, err := c.Tensor("model.layers.0.self_attn.k_proj.weight")
		if err != nil {
			t.Fatal(err)
		}
		return tensor, c
	}
	silent, c := key(Options{}, fixture("chatglm1"))
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "head by head") {
		t.Errorf("warnings %q", c.Warnings)
	}
	chosen, c := key(Options{Layout: PerHead}, fixture("chatglm1"))
	other, d := key(Options{Layout: Contiguous}, fixture("chatglm1"))
	if len(c.Warnings)+len(d.Warnings) > 0 {
		t.Errorf("warnings %q, %q", c.Warnings, d.Warnings)
	}
	if !bytes.Equal(silent.Data, chosen.Data) || bytes.Equal(silent.Data, other.Data) {
		t.Error("the layouts give the wrong rows")
	}
	to := filepath.Join(t.TempDir(), "copy")
	if _, err := Write(to, Export{Config: d.Config, Tensors: d, DType: weights.F32}); err != nil {
		t.Fatal(err)
	}
	if copied, c := key(Options{}, to); len(c.Warnings) > 0 || !bytes.Equal(copied.Data, other.Data) {
		t.Errorf("a copy does not tell its layout: warnings %q", c.Warnings)
	}
	for folder, want := range map[string]string{"glm4": "only chatglm-6b leaves one", "chatglm1": `there is no layout "diagonal"`} {
		if _, err := Open(fixture(folder), Options{Layout: "diagonal"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", folder, err, want)
		}
	}
}

// TestTypes writes in half precision and compares with what the values round to.
func TestTypes(t *testing.T) {
	c := open(t, fixture("glm4/edge"), Options{})
	for d, torch := range map[weights.DType]string{weights.BF16: "bfloat16", weights.F16: "float16"} {
		to := filepath.Join(t.TempDir(), "copy")
		if _, err := Write(to, Export{Config: c.Config, Tensors: c, DType: d}); err != nil {
			t.Fatal(err)
		}
		half := open(t, to, Options{})
		if half.DType != torch {
			t.Errorf("it says %q, want %q", half.DType, torch)
		}
		for _, w := range c.Parameters {
			exact, _ := c.Tensor(w.Name)
			want, _ := exact.As(d)
			if got, err := half.Tensor(w.Name); err != nil || got.DType != d || !bytes.Equal(got.Data, want.Data) {
				t.Errorf("%s as %s: %v", w.Name, d, err)
			}
		}
	}
	if _, err := Write(filepath.Join(t.TempDir(), "x"), Export{Config: c.Config, Tensors: c, DType: weights.I64}); err == nil || !strings.Contains(err.Error(), "want F32, F16 or BF16") {
		t.Errorf("got %v", err)
	}
}

// tensorMap is a source in memory.
type tensorMap map[string]weights.Tensor

func (m tensorMap) Tensor(name string) (weights.Tensor, error) { return m[name], nil }

// variant is a copy of a fixture's folder with its configuration and its tensors changed.
func variant(t *testing.T, folder, keys string, change func(map[string]weights.Tensor)) string {
	t.Helper()
	dir := t.TempDir()
	tensors := content(t, fixture(folder), nil)
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
			for name, tensor := range content(t, fixture(test.folder, test.file), []string{"expected.logits"}) {
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
		all["bert.embeddings.position_ids"] = weights.Int64([]int{1}, []int64{0})
		all["cls.predictions.decoder.weight"] = all["bert.embeddings.word_embeddings.weight"]
		all["cls.predictions.decoder.bias"] = all["cls.predictions.bias"]
		all["cls.seq_relationship.weight"] = weights.Float32([]int{1}, []float32{0})
	})
	c := open(t, dir, Options{})
	if len(c.Dropped) != 3 || !slices.Equal(c.LeftOut, []string{"cls.seq_relationship.weight"}) || len(c.Warnings) != 1 {
		t.Errorf("dropped %q, left out %q, warnings %q", c.Dropped, c.LeftOut, c.Warnings)
	}
	want := open(t, fixture("bert_mlm"), Options{})
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

func TestWriteRefuses(t *testing.T) {
	c := open(t, fixture("glm4"), Options{})
	if _, err := Write(fixture("glm4"), Export{Config: c.Config, Tensors: c, DType: weights.F32}); err == nil || !strings.Contains(err.Error(), "the folder is not empty") {
		t.Errorf("got %v", err)
	}
	small := c.Config
	small.Model = changed(c.Model, func(m *experiments.Model) { m.IntermediateSize = 40 })
	dir := filepath.Join(t.TempDir(), "copy")
	if _, err := Write(dir, Export{Config: small, Tensors: c, DType: weights.F32}); err == nil || !strings.Contains(err.Error(), `"model.layers.0.mlp.down_proj.weight" has shape [48 80], and the model means [48 40]`) {
		t.Errorf("got %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(dir), ".*")); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
	huge := tensorMap{}
	for _, w := range c.Parameters {
		huge[w.Name] = weights.Float32(w.Shape, slices.Repeat([]float32{1e6}, int(w.Size())))
	}
	if _, err := Write(dir, Export{Config: c.Config, Tensors: huge, DType: weights.F16}); err == nil || !strings.Contains(err.Error(), `parameter "lm_head.weight": value 0, 1e+06, is beyond what F16 can hold`) {
		t.Errorf("got %v", err)
	}
}

// TestPlaces finds a place for every parameter of the published models in each dialect that has words for them, and no two in
// one place.
func TestPlaces(t *testing.T) {
	for _, p := range experiments.Presets() {
		for _, dialect := range Dialects {
			if _, err := (Config{Dialect: dialect, Model: p.Model, Positions: 1}).Encode(); err != nil {
				continue
			}
			seen := map[place]string{}
			for _, w := range model.Weights(p.Model, p.Model.VocabSize, p.Model.MaxPositionEmbeddings) {
				at, err := tables[dialect].place(p.Model, w.Name)
				if err != nil {
					t.Errorf("%s as %s: %v", p.Name, dialect, err)
				} else if seen[at] != "" {
					t.Errorf("%s as %s: %s and %s are both at %+v", p.Name, dialect, seen[at], w.Name, at)
				}
				seen[at] = w.Name
			}
		}
	}
}
