package pretrained

import "inkstone/experiments"

// readNative reads transformers' glm and glm4, in the form up to version 4 (rope_theta, partial_rotary_factor) and in that
// from version 5 on (rope_parameters).
func readNative(d *document, c *Config) {
	m := &c.Model
	readSizes(d, m)
	m.NumKeyValueHeads = d.count("num_key_value_heads", 0)
	m.HeadDim = d.count("head_dim", 128)
	m.AttentionBias = d.truth("attention_bias", false)
	m.AttentionDropout = d.share("attention_dropout")
	m.Norm, m.MLP = "rmsnorm", "swiglu"
	m.NormEps = d.float("rms_norm_eps", 1.5625e-07)
	m.TieWordEmbeddings = d.truth("tie_word_embeddings", false)
	if c.Dialect == GLM4 {
		m.NormPlacement = "sandwich"
	}
	d.must("hidden_act", `"silu"`, "the family's gate is silu")
	c.Positions = d.count("max_position_embeddings", 131072)
	readRotation(d, c)
}

// readRotation reads both forms of a rotation's numbers; the newer one decides.
func readRotation(d *document, c *Config) {
	m := &c.Model
	m.Positions, m.RopePairing = "rotary", "interleaved"
	m.RopeTheta, m.PartialRotaryFactor = d.float("rope_theta", 10000), d.float("partial_rotary_factor", 0.5)
	d.must("rope_scaling", "null", "the family does not scale its rotation")
	if d.has("rope_parameters") {
		inner := &document{keys: value(d, "rope_parameters", d.keys, "an object"), asked: map[string]bool{}}
		theta, share := inner.float("rope_theta", m.RopeTheta), inner.float("partial_rotary_factor", m.PartialRotaryFactor)
		inner.must("rope_type", `"default"`, "the family does not scale its rotation")
		for _, key := range inner.unread() {
			inner.fail(key, "unknown, and it may change the rotation")
		}
		for _, err := range inner.errs {
			d.fail("rope_parameters", "%w", err)
		}
		if d.has("rope_theta") && theta != m.RopeTheta || d.has("partial_rotary_factor") && share != m.PartialRotaryFactor {
			c.warn("rope_parameters says theta %v and share %v, rope_theta and partial_rotary_factor say %v and %v; rope_parameters is used", theta, share, m.RopeTheta, m.PartialRotaryFactor)
		}
		m.RopeTheta, m.PartialRotaryFactor = theta, share
	}
	ratio := d.float("rope_ratio", 0)
	switch {
	case ratio > 0 && m.RopeTheta != 10000*ratio:
		c.warn("rope_theta is %v, and rope_ratio %v means %v; rope_theta is used", m.RopeTheta, ratio, 10000*ratio)
	case c.Dialect == GLM && m.RopeTheta == 10000 && c.Positions > 32768:
		c.warn("rope_theta is 10000 for %d positions, as in the published glm-4-9b-chat-hf; the model it was converted from has rope_ratio 500, "+
			"which is a theta of 5000000: long texts will suffer unless model.rope_theta is set to that", c.Positions)
	}
}

// writeNative is readNative's inverse, in the form of version 4, which version 5 reads as well.
func writeNative(c Config, into map[string]any) {
	m := c.Model
	into["architectures"] = []string{map[Dialect]string{GLM: "GlmForCausalLM", GLM4: "Glm4ForCausalLM"}[c.Dialect]}
	into["model_type"] = string(c.Dialect)
	writeSizes(m, into)
	into["num_key_value_heads"] = m.NumKeyValueHeads
	into["head_dim"] = m.HeadDim
	into["hidden_act"] = "silu"
	into["attention_bias"] = m.AttentionBias
	into["attention_dropout"] = m.AttentionDropout
	into["rms_norm_eps"] = m.NormEps
	into["rope_theta"] = m.RopeTheta
	into["partial_rotary_factor"] = m.PartialRotaryFactor
	into["max_position_embeddings"] = c.Positions
	into["tie_word_embeddings"] = m.TieWordEmbeddings
	into["initializer_range"] = m.InitializerRange
}

// readSizes reads what all of transformers' own forms call alike.
func readSizes(d *document, m *experiments.Model) {
	m.VocabSize = d.count("vocab_size", 0)
	m.HiddenSize = d.count("hidden_size", 0)
	m.IntermediateSize = d.count("intermediate_size", 0)
	m.NumHiddenLayers = d.count("num_hidden_layers", 0)
	m.NumAttentionHeads = d.count("num_attention_heads", 0)
}

func writeSizes(m experiments.Model, into map[string]any) {
	into["vocab_size"] = m.VocabSize
	into["hidden_size"] = m.HiddenSize
	into["intermediate_size"] = m.IntermediateSize
	into["num_hidden_layers"] = m.NumHiddenLayers
	into["num_attention_heads"] = m.NumAttentionHeads
}
