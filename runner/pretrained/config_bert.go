package pretrained

// readBERT reads transformers' bert.
func readBERT(d *document, c *Config) {
	m := &c.Model
	m.Family, m.Positions, m.NormPlacement = "bert", "absolute", "post"
	readSizes(d, m)
	m.NumKeyValueHeads = m.NumAttentionHeads
	m.AttentionBias, m.LinearBias = true, true
	m.Norm, m.NormEps = "layernorm", d.float("layer_norm_eps", 1e-12)
	switch act := d.text("hidden_act", "gelu"); act {
	case "gelu":
		m.MLP = "gelu-erf"
	case "gelu_new", "gelu_pytorch_tanh":
		m.MLP = "gelu"
	default:
		d.fail("hidden_act", "%q is not supported; gelu and gelu_new are", act)
	}
	m.TypeVocabSize = d.count("type_vocab_size", 2)
	m.MaxPositionEmbeddings = d.count("max_position_embeddings", 512)
	c.Positions = m.MaxPositionEmbeddings
	m.HiddenDropout, m.AttentionDropout = d.share("hidden_dropout_prob"), d.share("attention_probs_dropout_prob")
	m.EmbeddingDropout = m.HiddenDropout
	m.TieWordEmbeddings = d.truth("tie_word_embeddings", true)
	d.must("position_embedding_type", `"absolute"`, "only tables of positions are implemented")
	d.must("is_decoder", "false", "an encoder is wanted")
	d.must("add_cross_attention", "false", "an encoder is wanted")
	d.ignore("gradient_checkpointing")
}

func writeBERT(c Config, into map[string]any) {
	m := c.Model
	into["architectures"], into["model_type"] = []string{"BertForMaskedLM"}, "bert"
	writeSizes(m, into)
	into["hidden_act"] = map[string]string{"gelu-erf": "gelu", "gelu": "gelu_new"}[m.MLP]
	into["layer_norm_eps"] = m.NormEps
	into["type_vocab_size"] = m.TypeVocabSize
	into["max_position_embeddings"] = m.MaxPositionEmbeddings
	into["hidden_dropout_prob"], into["attention_probs_dropout_prob"] = m.HiddenDropout, m.AttentionDropout
	into["tie_word_embeddings"] = m.TieWordEmbeddings
	into["initializer_range"] = m.InitializerRange
}
