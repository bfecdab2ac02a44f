package pretrained

// readChatGLM reads the remote code of ChatGLM2, ChatGLM3 and GLM-4.
func readChatGLM(d *document, c *Config) {
	m := &c.Model
	m.VocabSize = d.count("padded_vocab_size", d.count("vocab_size", 65024))
	m.HiddenSize = d.count("hidden_size", 0)
	m.IntermediateSize = d.count("ffn_hidden_size", 0)
	m.NumHiddenLayers = d.count("num_layers", d.count("num_hidden_layers", 28))
	m.NumAttentionHeads = d.count("num_attention_heads", 0)
	m.NumKeyValueHeads = m.NumAttentionHeads
	if groups := d.count("multi_query_group_num", 1); d.truth("multi_query_attention", false) {
		m.NumKeyValueHeads = groups
	}
	m.HeadDim = d.count("kv_channels", 128)
	m.AttentionBias = d.truth("add_qkv_bias", false)
	m.AttentionDropout, m.HiddenDropout = d.share("attention_dropout"), d.share("hidden_dropout")
	m.MLP, m.Norm = "swiglu", "rmsnorm"
	m.NormEps = d.float("layernorm_epsilon", 1e-5)
	if !d.truth("rmsnorm", true) {
		m.Norm = "layernorm"
	}
	m.TieWordEmbeddings = d.truth("tie_word_embeddings", false)
	m.Positions, m.RopePairing, m.PartialRotaryFactor = "rotary", "interleaved", 0.5
	m.RopeTheta = 10000 * d.float("rope_ratio", 1)
	c.Positions = d.count("seq_length", 2048)
	d.must("add_bias_linear", "false", "no published model has biases in its MLP")
	d.must("apply_residual_connection_post_layernorm", "false", "no published model takes its residual from behind the normalisation")
	d.must("original_rope", "true", "the other rotation was never published")
	d.must("post_layer_norm", "true", "no published model lacks the last normalisation")
	leaveOutPrefix(d, c)
	d.ignore("apply_query_key_layer_scaling", "attention_softmax_in_fp32", "bias_dropout_fusion",
		"fp32_residual_connection", "classifier_dropout", "_attn_implementation")
	d.must("interleaved_qkv", "false", "query, key and value are read one after the other")
}

// leaveOutPrefix warns of a learned prefix: its tensors are no part of the model.
func leaveOutPrefix(d *document, c *Config) {
	if d.has("pre_seq_len") {
		c.warn("pre_seq_len: the prefix encoder of P-tuning is left out")
	}
	d.ignore("pre_seq_len", "prefix_projection")
}

func writeChatGLM(c Config, into map[string]any) {
	m := c.Model
	into["architectures"] = []string{"ChatGLMModel"}
	into["model_type"] = "chatglm"
	into["padded_vocab_size"], into["vocab_size"] = m.VocabSize, m.VocabSize
	into["hidden_size"] = m.HiddenSize
	into["ffn_hidden_size"] = m.IntermediateSize
	into["num_layers"] = m.NumHiddenLayers
	into["num_attention_heads"] = m.NumAttentionHeads
	into["multi_query_attention"] = m.NumKeyValueHeads != m.NumAttentionHeads
	into["multi_query_group_num"] = m.NumKeyValueHeads
	into["kv_channels"] = m.HeadDim
	into["add_qkv_bias"] = m.AttentionBias
	into["attention_dropout"], into["hidden_dropout"] = m.AttentionDropout, m.HiddenDropout
	into["rmsnorm"] = m.Norm == "rmsnorm"
	into["layernorm_epsilon"] = m.NormEps
	into["rope_ratio"] = m.RopeTheta / 10000
	into["seq_length"] = c.Positions
	into["tie_word_embeddings"] = m.TieWordEmbeddings
	into["initializer_range"] = m.InitializerRange
	for _, key := range []string{"original_rope", "post_layer_norm", "apply_query_key_layer_scaling", "attention_softmax_in_fp32"} {
		into[key] = true
	}
	for _, key := range []string{"add_bias_linear", "apply_residual_connection_post_layernorm", "fp32_residual_connection"} {
		into[key] = false
	}
}
