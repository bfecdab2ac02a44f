package experiments

import (
	"reflect"
	"slices"

	"inkstone/experiments/decode"
	"inkstone/internal/nearest"
)

// Preset is a published model, or a smaller sibling of one, that a spec can name.
type Preset struct {
	Name string
	// Meaning says in a sentence where the shape comes from.
	Meaning string
	// Model has every setting resolved.
	Model Model
}

// preset is one line of the table: the model's settings that differ from the fields' defaults, as YAML.
type preset struct{ name, meaning, settings string }

// What the presets of a generation share.
const (
	// glm2021 is the original GLM (arXiv 2103.10360): a pre-norm transformer with two tables of positions.
	glm2021  = "positions: learned, norm: layernorm, mlp: gelu, linear_bias: true, tie_word_embeddings: true, hidden_dropout: 0.1, attention_dropout: 0.1, embedding_dropout: 0.1"
	chatglm2 = "num_key_value_heads: 2, hidden_size: 4096, num_hidden_layers: 28, num_attention_heads: 32, intermediate_size: 13696, vocab_size: 65024"
	glm4     = "hidden_size: 4096, num_hidden_layers: 40, num_attention_heads: 32, intermediate_size: 13696, vocab_size: 151552"
	// sibling is GLM-4's block with the output tied to the embedding.
	sibling = "num_key_value_heads: 2, tie_word_embeddings: true"
	bert    = "family: bert, positions: absolute, norm: layernorm, norm_placement: post, norm_eps: 1e-12, mlp: gelu-erf, linear_bias: true, tie_word_embeddings: true, type_vocab_size: 2, max_position_embeddings: 512, hidden_dropout: 0.1, attention_dropout: 0.1, embedding_dropout: 0.1"
)

// presets is the table, families in the order in which they were published, sizes from small to large.
var presets = []preset{
	{"glm-base", "GLM, 2021", glm2021 + ", hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12, intermediate_size: 3072, vocab_size: 30592, max_position_embeddings: 512"},
	{"glm-large", "GLM, 2021", glm2021 + ", hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16, intermediate_size: 4096, vocab_size: 30592, max_position_embeddings: 512"},
	{"glm-large-chinese", "GLM, 2021", glm2021 + ", hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16, intermediate_size: 4096, vocab_size: 50048, max_position_embeddings: 1024"},
	{"glm-515m", "GLM, 2021", glm2021 + ", hidden_size: 1152, num_hidden_layers: 30, num_attention_heads: 18, intermediate_size: 4608, vocab_size: 30592, max_position_embeddings: 512"},
	{"glm-2b", "GLM, 2021", glm2021 + ", hidden_size: 2048, num_hidden_layers: 36, num_attention_heads: 32, intermediate_size: 8192, vocab_size: 50304, max_position_embeddings: 1024"},
	{"glm-10b", "GLM, 2021", glm2021 + ", hidden_size: 4096, num_hidden_layers: 48, num_attention_heads: 64, intermediate_size: 16384, vocab_size: 50304, max_position_embeddings: 1024"},
	{"glm-10b-chinese", "GLM, 2021", glm2021 + ", hidden_size: 4096, num_hidden_layers: 48, num_attention_heads: 64, intermediate_size: 16384, vocab_size: 50048, max_position_embeddings: 1024"},

	{"chatglm-6b", "ChatGLM, 2023", "positions: rotary-2d, norm: layernorm, norm_placement: normed-residual, mlp: gelu, linear_bias: true, hidden_size: 4096, num_hidden_layers: 28, num_attention_heads: 32, intermediate_size: 16384, vocab_size: 130528"},
	{"chatglm2-6b", "ChatGLM2, 2023", chatglm2},
	{"chatglm3-6b", "ChatGLM3, 2023; the same network as chatglm2-6b", chatglm2},

	{"glm-4-9b", "GLM-4, 2024", glm4 + ", num_key_value_heads: 2, norm_eps: 1.5625e-07"},
	{"glm-4-9b-chat", "GLM-4, 2024, for 131,072 tokens", glm4 + ", num_key_value_heads: 2, norm_eps: 1.5625e-07, rope_theta: 5e6"},
	{"glm-4-9b-chat-1m", "GLM-4, 2024, for a million tokens", glm4 + ", num_key_value_heads: 4, norm_eps: 1.5625e-07, rope_theta: 1e8"},
	{"glm-edge-1.5b", "GLM-Edge, 2024", "num_key_value_heads: 4, hidden_size: 2048, num_hidden_layers: 28, num_attention_heads: 16, intermediate_size: 6144, vocab_size: 59264, partial_rotary_factor: 1, attention_bias: false, tie_word_embeddings: true"},
	{"glm-4-0414-9b", "GLM-4-0414, 2025", glm4 + ", num_key_value_heads: 2, norm_placement: sandwich"},
	{"glm-4-0414-32b", "GLM-4-0414, 2025", "num_key_value_heads: 2, head_dim: 128, hidden_size: 6144, num_hidden_layers: 61, num_attention_heads: 48, intermediate_size: 23040, vocab_size: 151552, norm_placement: sandwich, attention_bias: false"},

	{"nano", "GLM-4's block, small", sibling + ", hidden_size: 128, num_hidden_layers: 4, num_attention_heads: 4, intermediate_size: 352, vocab_size: 6000"},
	{"micro", "GLM-4's block, small", sibling + ", hidden_size: 256, num_hidden_layers: 6, num_attention_heads: 8, intermediate_size: 704, vocab_size: 6000"},
	{"mini", "GLM-4's block, small", sibling + ", hidden_size: 512, num_hidden_layers: 8, num_attention_heads: 8, intermediate_size: 1408, vocab_size: 8192"},
	{"small", "GLM-4's block, small", sibling + ", hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12, intermediate_size: 2048, vocab_size: 32768"},
	{"medium", "GLM-4's block, small", sibling + ", hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16, intermediate_size: 2816, vocab_size: 32768"},

	{"bert-mini", "BERT, 2018, small", bert + ", hidden_size: 256, num_hidden_layers: 4, num_attention_heads: 4, intermediate_size: 1024, vocab_size: 30522"},
	{"bert-base", "BERT, 2018", bert + ", hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12, intermediate_size: 3072, vocab_size: 30522"},
}

// Presets are the models that `model.preset` may name, in the order of their families.
func Presets() []Preset {
	list := make([]Preset, len(presets))
	for i, p := range presets {
		spec := defaults()
		v := &validator{spec: &spec, base: p.tree()}
		v.decodeBase()
		spec.Model.Preset = p.name
		v.resolveModel()
		list[i] = Preset{p.name, p.meaning, spec.Model}
	}
	return list
}

// tree is what a spec would write in the place of the preset.
func (p preset) tree() *decode.Node {
	root, errs := decode.Parse(p.name, []byte("model: {"+p.settings+"}"))
	if err := errs.Err(); err != nil {
		panic("experiments: a preset cannot be read: " + err.Error())
	}
	return root
}

// findBase looks up the preset that a spec names, so that its settings stand behind those written.
func (v *validator) findBase() {
	n := v.root.At("model.preset")
	if n == nil || n.Kind != decode.Scalar || n.Text == "" {
		return
	}
	i := slices.IndexFunc(presets, func(p preset) bool { return p.name == n.Text })
	if i >= 0 {
		v.base = presets[i].tree()
		return
	}
	v.baseless = true
	var all []string
	for _, p := range presets {
		all = append(all, p.name)
	}
	v.errs.Suggest(n.Place, nearest.To(n.Text, all), "model.preset: there is no preset %q; `inkstone presets` lists them", decode.Shorten(n.Text))
}

// decodeBase reads the preset's settings into the spec.
func (v *validator) decodeBase() {
	if v.base == nil {
		return
	}
	scratch := &decode.Errors{}
	decode.Into(v.base, "", reflect.ValueOf(v.spec).Elem(), decode.Options{Custom: shapes}, scratch)
	if err := scratch.Err(); err != nil {
		panic("experiments: a preset cannot be read: " + err.Error())
	}
}
