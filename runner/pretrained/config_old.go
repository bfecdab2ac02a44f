package pretrained

import (
	"math"
	"strings"
)

// readChatGLM1 reads ChatGLM-6B. Its residual_scale is not among the published fields: without residual_alpha it follows from
// the depth.
func readChatGLM1(d *document, c *Config) {
	m := &c.Model
	readMegatron(d, c)
	m.NormPlacement = "normed-residual"
	m.ResidualScale = d.float("residual_alpha", math.Sqrt(2*float64(m.NumHiddenLayers)))
	if m.NumHiddenLayers != 28 && !d.has("residual_alpha") {
		c.warn("residual_scale is √(2·%d) = %.6g; the published modelling file takes √56 at every depth: set model.residual_scale to 7.48331477 for a model that was trained with it",
			m.NumHiddenLayers, m.ResidualScale)
	}
	m.Positions, m.RopePairing, m.RopeTheta = "rotary-2d", "half", 10000
	if !d.truth("position_encoding_2d", true) {
		m.Positions, m.PartialRotaryFactor = "rotary", 1
	}
	if strings.HasPrefix(d.text("mlp", "gelu"), "geglu") {
		m.MLP = "geglu"
	}
	m.TieWordEmbeddings = d.truth("tie_word_embeddings", false)
	leaveOutPrefix(d, c)
	d.ignore("position_ids")
}

// readOriginal reads GLM of 2021.
func readOriginal(d *document, c *Config) {
	m := &c.Model
	readMegatron(d, c)
	m.Positions = "learned"
	m.MaxPositionEmbeddings = c.Positions
	m.TieWordEmbeddings = d.truth("tie_word_embeddings", true)
	m.HiddenDropout, m.AttentionDropout, m.EmbeddingDropout = d.share("output_dropout_prob"), d.share("attention_dropout_prob"), d.share("embedding_dropout_prob")
	d.must("block_position_encoding", "true", "only models with both tables of positions were published")
	d.must("relative_encoding", "false", "only models with tables of positions were published")
	d.must("hidden_act", `"gelu_tanh"`, "the model's MLP is the tanh form of GELU")
	d.ignore("tokens", "output_predict", "parallel_output", "spell_func", "spell_length", "pool_token", "checkpoint_activations", "checkpoint_num_layers", "performer")
	if scale := d.float("attention_scale", 1); scale != 1 {
		d.fail("attention_scale", "%v is not supported: no published model scales its attention", scale)
	}
}

// readMegatron reads what the two have in common: a transformer with biases, an MLP of its own width, and as many keys as heads.
func readMegatron(d *document, c *Config) {
	m := &c.Model
	m.VocabSize = d.count("vocab_size", 0)
	m.HiddenSize = d.count("hidden_size", 0)
	m.IntermediateSize = d.count("inner_hidden_size", 4*m.HiddenSize)
	m.NumHiddenLayers = d.count("num_layers", 0)
	m.NumAttentionHeads = d.count("num_attention_heads", 0)
	m.NumKeyValueHeads = m.NumAttentionHeads
	m.AttentionBias, m.LinearBias = true, true
	m.MLP, m.Norm = "gelu", "layernorm"
	m.NormEps = d.float("layernorm_epsilon", 1e-5)
	c.Positions = d.count("max_sequence_length", 2048)
}

func writeMegatron(c Config, into map[string]any) {
	m := c.Model
	into["vocab_size"] = m.VocabSize
	into["hidden_size"] = m.HiddenSize
	into["inner_hidden_size"] = m.IntermediateSize
	into["num_layers"] = m.NumHiddenLayers
	into["num_attention_heads"] = m.NumAttentionHeads
	into["layernorm_epsilon"] = m.NormEps
	into["max_sequence_length"] = c.Positions
	into["tie_word_embeddings"] = m.TieWordEmbeddings
	into["initializer_range"] = m.InitializerRange
}

func writeChatGLM1(c Config, into map[string]any) {
	writeMegatron(c, into)
	into["architectures"], into["model_type"] = []string{"ChatGLMModel"}, "chatglm"
	into["position_encoding_2d"] = c.Model.Positions == "rotary-2d"
	into["residual_alpha"] = c.Model.ResidualScale
	if c.Model.MLP == "geglu" {
		into["mlp"] = "geglu"
	}
}

func writeOriginal(c Config, into map[string]any) {
	writeMegatron(c, into)
	m := c.Model
	into["model_type"], into["hidden_act"], into["block_position_encoding"] = "glm_original", "gelu_tanh", true
	into["max_sequence_length"] = m.MaxPositionEmbeddings
	into["output_dropout_prob"], into["attention_dropout_prob"], into["embedding_dropout_prob"] = m.HiddenDropout, m.AttentionDropout, m.EmbeddingDropout
}
