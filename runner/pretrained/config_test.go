package pretrained

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/experiments"
	"inkstone/runner/reference"
)

var (
	glm4Model = experiments.Model{
		Family: "glm", HiddenSize: 48, NumHiddenLayers: 3, NumAttentionHeads: 4, NumKeyValueHeads: 2, HeadDim: 16, AttentionBias: true, IntermediateSize: 80,
		Positions: "rotary", RopeTheta: 10000, PartialRotaryFactor: 0.5, RopePairing: "interleaved", VocabSize: 151, MLP: "swiglu", Norm: "rmsnorm",
		NormEps: 1.5625e-07, NormPlacement: "pre", ResidualScale: 1, InitializerRange: 0.02,
	}
	chatglm2Model = changed(glm4Model, func(m *experiments.Model) { m.IntermediateSize, m.VocabSize, m.NormEps = 68, 168, 1e-5 })
	chatglm1Model = experiments.Model{
		Family: "glm", HiddenSize: 48, NumHiddenLayers: 3, NumAttentionHeads: 3, NumKeyValueHeads: 3, HeadDim: 16, AttentionBias: true, LinearBias: true,
		IntermediateSize: 192, Positions: "rotary-2d", RopeTheta: 10000, RopePairing: "half", VocabSize: 140, MLP: "gelu", Norm: "layernorm", NormEps: 1e-5,
		NormPlacement: "normed-residual", ResidualScale: math.Sqrt(6), InitializerRange: 0.02,
	}
)

func changed(m experiments.Model, change func(*experiments.Model)) experiments.Model {
	change(&m)
	return m
}

// published are the fixtures, what their configurations say, and what they warn of.
var published = []struct {
	folder, file string
	want         Config
}{
	{"glm4", "config.json", Config{Dialect: GLM, Model: glm4Model, Positions: 256, EOS: []int{150, 149}, Pad: []int{0}, DType: "float32"}},
	{"glm4", "config_transformers5.json", Config{Dialect: GLM, Model: glm4Model, Positions: 256, EOS: []int{150, 149}, Pad: []int{0}}},
	{"glm4/edge", "config.json", Config{Dialect: GLM, Positions: 256, EOS: []int{138, 137}, Pad: []int{0}, DType: "float32", Model: changed(glm4Model, func(m *experiments.Model) {
		m.HiddenSize, m.NumHiddenLayers, m.NumKeyValueHeads, m.HeadDim, m.IntermediateSize, m.VocabSize = 40, 2, 1, 12, 64, 139
		m.AttentionBias, m.PartialRotaryFactor, m.TieWordEmbeddings, m.NormEps = false, 1, true, 1e-5
	})}},
	{"glm4_0414", "config.json", Config{Dialect: GLM4, Positions: 256, EOS: []int{162, 161}, Pad: []int{0}, DType: "float32", Model: changed(glm4Model, func(m *experiments.Model) {
		m.NumAttentionHeads, m.HeadDim, m.IntermediateSize, m.VocabSize, m.NormEps, m.NormPlacement = 6, 8, 88, 163, 1e-5, "sandwich"
	})}},
	{"chatglm2", "config.json", Config{Dialect: ChatGLM, Model: chatglm2Model, Positions: 128, EOS: []int{2}, Pad: []int{0}, DType: "float32"}},
	{"chatglm2", "native_config.json", Config{Dialect: GLM, Model: chatglm2Model, Positions: 128}},
	{"chatglm1", "config.json", Config{Dialect: ChatGLM1, Model: chatglm1Model, Positions: 64, BOS: []int{130}, EOS: []int{131}, Pad: []int{3}, DType: "float32"}},
	{"chatglm1/glm130b_style", "config.json", Config{Dialect: ChatGLM1, Positions: 64, BOS: []int{130}, EOS: []int{131}, Pad: []int{3}, Model: changed(chatglm1Model, func(m *experiments.Model) {
		m.NumHiddenLayers, m.Positions, m.PartialRotaryFactor, m.MLP, m.TieWordEmbeddings, m.ResidualScale = 2, "rotary", 1, "geglu", true, 2
	})}},
	{"glm_base", "config.json", Config{Dialect: GLMOriginal, Positions: 64, DType: "float32", Model: changed(chatglm1Model, func(m *experiments.Model) {
		m.NumAttentionHeads, m.NumKeyValueHeads, m.HeadDim, m.VocabSize, m.TieWordEmbeddings = 4, 4, 12, 128, true
		m.Positions, m.RopePairing, m.RopeTheta, m.MaxPositionEmbeddings, m.NormPlacement, m.ResidualScale = "learned", "", 0, 64, "pre", 1
	})}},
	{"bert_mlm", "config.json", Config{Dialect: BERT, Positions: 40, Pad: []int{0}, Labels: 3, Model: experiments.Model{
		Family: "bert", HiddenSize: 48, NumHiddenLayers: 2, NumAttentionHeads: 4, NumKeyValueHeads: 4, HeadDim: 12, AttentionBias: true, LinearBias: true,
		IntermediateSize: 96, Positions: "absolute", MaxPositionEmbeddings: 40, TypeVocabSize: 2, VocabSize: 120, MLP: "gelu-erf", Norm: "layernorm",
		NormEps: 1e-12, NormPlacement: "post", ResidualScale: 1, TieWordEmbeddings: true, InitializerRange: 0.02,
	}}},
}

func TestReadConfig(t *testing.T) {
	for _, test := range published {
		t.Run(test.folder+"/"+test.file, func(t *testing.T) {
			got, err := ReadConfig(reference.Path(t, test.folder, test.file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Warnings" }, cmp.Ignore())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(got.Warnings) > 0 {
				t.Errorf("warnings %q", got.Warnings)
			}
			text, err := got.Encode()
			if err != nil {
				t.Fatal(err)
			}
			again, err := parseConfig(text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, again); diff != "" {
				t.Errorf("written and read (-first +second):\n%s", diff)
			}
		})
	}
}

// TestPresets writes every published model that a spec can name in each dialect that has the words, and reads it again.
func TestPresets(t *testing.T) {
	for _, p := range experiments.Presets() {
		written := 0
		for _, dialect := range Dialects {
			c := Config{Dialect: dialect, Model: p.Model, Positions: 2048}
			text, err := c.Encode()
			if err != nil {
				continue
			}
			written++
			again, err := parseConfig(text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(settings(p.Model), settings(again.Model), cmp.FilterPath(withoutWord, cmp.Ignore())); diff != "" {
				t.Errorf("%s as %s (-want +got):\n%s", p.Name, dialect, diff)
			}
		}
		if written == 0 {
			t.Errorf("%s has no dialect", p.Name)
		}
	}
}

func withoutWord(p cmp.Path) bool {
	for _, key := range withoutWords {
		if strings.Contains(p.Last().String(), `"`+key+`"`) {
			return true
		}
	}
	return false
}

// withKeys is a fixture's configuration with keys set, or, with null, as if they were not there.
func withKeys(t *testing.T, folder, keys string) []byte {
	t.Helper()
	text, err := os.ReadFile(reference.Path(t, folder, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	for _, part := range []string{string(text), keys} {
		if err := json.Unmarshal([]byte(part), &all); err != nil {
			t.Fatal(err)
		}
	}
	text, err = json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestConfigRefused(t *testing.T) {
	for _, test := range []struct{ folder, keys, want string }{
		{"chatglm2", `{"model_type": "llama"}`, `model_type: "llama" is not supported`},
		{"chatglm2", `{"model_type": null}`, "model_type: it is missing"},
		{"chatglm2", `{"quantization_bit": 4}`, "quantization_bit: 4 is not supported: the weights are quantised"},
		{"chatglm2", `{"apply_residual_connection_post_layernorm": true}`, "apply_residual_connection_post_layernorm: true is not supported"},
		{"chatglm2", `{"add_bias_linear": true}`, "add_bias_linear: true is not supported"},
		{"chatglm2", `{"original_rope": false}`, "original_rope: false is not supported"},
		{"chatglm2", `{"post_layer_norm": false}`, "post_layer_norm: false is not supported"},
		{"chatglm2", `{"hidden_size": null}`, "hidden_size: it is missing"},
		{"chatglm2", `{"hidden_size": "48"}`, `hidden_size: want a whole number, not "48"`},
		{"chatglm2", `{"multi_query_group_num": 3}`, "3 groups of keys and values do not divide 4 heads"},
		{"glm4", `{"hidden_size": -1}`, "hidden_size: want a number from 1 to"},
		{"glm4", `{"hidden_act": "gelu"}`, `hidden_act: "gelu" is not supported`},
		{"glm4", `{"rms_norm_eps": 0}`, "epsilon must be above 0"},
		{"glm4", `{"partial_rotary_factor": 2}`, "partial_rotary_factor: want a share above 0"},
		{"glm4", `{"rope_scaling": {"type": "linear"}}`, "rope_scaling: "},
		{"glm4", `{"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}}`, `rope_parameters: rope_type: "yarn" is not supported`},
		{"glm4", `{"rope_parameters": {"factor": 2}}`, "rope_parameters: factor: unknown"},
		{"glm4", `{"eos_token_id": "end"}`, "eos_token_id: want an id or a list of ids"},
		{"glm_base", `{"block_position_encoding": false}`, "block_position_encoding: false is not supported"},
		{"bert_mlm", `{"hidden_act": "relu"}`, `hidden_act: "relu" is not supported`},
		{"bert_mlm", `{"position_embedding_type": "relative_key"}`, "position_embedding_type: "},
		{"bert_mlm", `{"hidden_dropout_prob": 1}`, "hidden_dropout_prob: want a number from 0"},
	} {
		if _, err := parseConfig(withKeys(t, test.folder, test.keys)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s with %s: got %v, want %q", test.folder, test.keys, err, test.want)
		}
	}
	if _, err := parseConfig([]byte("[]")); err == nil || !strings.Contains(err.Error(), "not a configuration") {
		t.Errorf("got %v", err)
	}
	if _, err := ReadConfig(t.TempDir()); err == nil || !strings.Contains(err.Error(), configName) {
		t.Errorf("got %v", err)
	}
}

func TestConfigWarnings(t *testing.T) {
	for _, test := range []struct{ folder, keys, want string }{
		{"glm4", `{"max_position_embeddings": 131072}`, "rope_theta is 10000 for 131072 positions, as in the published glm-4-9b-chat-hf"},
		{"glm4", `{"rope_ratio": 500}`, "rope_theta is 10000, and rope_ratio 500 means 5e+06; rope_theta is used"},
		{"glm4", `{"rope_parameters": {"rope_theta": 5e6, "rope_type": "default", "partial_rotary_factor": 0.5}}`, "rope_parameters is used"},
		{"glm4", `{"sliding_window": 4}`, "sliding_window: unknown, and without effect"},
		{"chatglm1", `{"residual_alpha": null}`, "residual_scale is √(2·3) = 2.44949; the published modelling file takes √56"},
		{"chatglm1", `{"pre_seq_len": 128}`, "the prefix encoder of P-tuning is left out"},
	} {
		c, err := parseConfig(withKeys(t, test.folder, test.keys))
		if err != nil {
			t.Errorf("%s with %s: %v", test.folder, test.keys, err)
		} else if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], test.want) {
			t.Errorf("%s with %s: got %q, want %q", test.folder, test.keys, c.Warnings, test.want)
		}
	}
}

func TestEveryFormOfNumbers(t *testing.T) {
	c, err := parseConfig(withKeys(t, "chatglm2", `{"rope_ratio": 500, "eos_token_id": [151329, 151336, 151338], "layernorm_epsilon": 1.5625e-07, "multi_query_attention": false}`))
	if err != nil {
		t.Fatal(err)
	}
	if c.Model.RopeTheta != 5e6 || len(c.EOS) != 3 || c.Model.NormEps != 1.5625e-07 || c.Model.NumKeyValueHeads != 4 {
		t.Errorf("got %+v", c)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for dialect, want := range map[Dialect]string{
		GLM:     "this model cannot be written as glm, which has no words for model.linear_bias: true (it says false), ",
		ChatGLM: "model.positions: rotary-2d (it says rotary)",
		"llama": `there is no form "llama"; there are glm, glm4, `,
	} {
		if _, err := (Config{Dialect: dialect, Model: chatglm1Model, Positions: 64}).Encode(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", dialect, err, want)
		}
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// FuzzConfig feeds foreign bytes: what is accepted can be laid out, and, where it can be written, reads the same again.
func FuzzConfig(f *testing.F) {
	for _, p := range published {
		text, err := os.ReadFile(reference.Path(f, p.folder, p.file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parseConfig(text)
		if err != nil {
			return
		}
		written, err := c.Encode()
		if err != nil {
			return
		}
		again, err := parseConfig(written)
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		if lost := different(c.Model, again.Model); lost != nil {
			t.Error(lost)
		}
	})
}
