package model

import (
	"strings"
	"testing"

	"inkstone/experiments"
)

// dialect says how a fixture names and lays out its parameters.
type dialect struct {
	// names turn Inkstone's names into the fixture's, in pairs as for strings.NewReplacer; q_proj, k_proj and v_proj are
	// handled before it where fused is set.
	names []string
	// fused is the part of a name that stands for the fused query, key and value; perHead tells that each head's three parts
	// lie together, else all queries come first.
	fused   string
	perHead bool
	// valueFirst tells that the gate is the second half of the MLP's first projection.
	valueFirst bool
}

var (
	native = dialect{}
	remote = dialect{fused: "query_key_value", names: []string{
		"model.embed_tokens", "transformer.embedding.word_embeddings", "model.layers", "transformer.encoder.layers", "model.norm",
		"transformer.encoder.final_layernorm", "lm_head", "transformer.output_layer", "self_attn.o_proj", "self_attention.dense",
		"self_attn", "self_attention", "gate_up_proj", "dense_h_to_4h", "down_proj", "dense_4h_to_h",
	}}
	glm2021Names = []string{
		"model.embed_tokens", "word_embeddings", "model.norm", "transformer.final_layernorm", "model.", "transformer.", "self_attn.o_proj",
		"attention.dense", "self_attn", "attention", "gate_up_proj", "dense_h_to_4h", "up_proj", "dense_h_to_4h", "down_proj", "dense_4h_to_h",
	}
	original  = dialect{fused: "query_key_value", names: glm2021Names}
	chatglm1  = dialect{fused: "query_key_value", perHead: true, names: append([]string{"model.embed_tokens", "transformer.word_embeddings"}, glm2021Names...)}
	glm130b   = dialect{fused: "query_key_value", perHead: true, valueFirst: true, names: chatglm1.names}
	bertNames = dialect{names: []string{
		"model.embed_tokens", "bert.embeddings.word_embeddings", "model.position_embeddings", "bert.embeddings.position_embeddings",
		"model.token_type_embeddings", "bert.embeddings.token_type_embeddings", "model.embed_norm", "bert.embeddings.LayerNorm",
		"model.layers", "bert.encoder.layer", "self_attn.q_proj", "attention.self.query", "self_attn.k_proj", "attention.self.key",
		"self_attn.v_proj", "attention.self.value", "self_attn.o_proj", "attention.output.dense", "post_self_attn_layernorm",
		"attention.output.LayerNorm", "mlp.up_proj", "intermediate.dense", "mlp.down_proj", "output.dense", "post_mlp_layernorm",
		"output.LayerNorm", "lm_head.dense", "cls.predictions.transform.dense", "lm_head.norm", "cls.predictions.transform.LayerNorm",
		"lm_head.bias", "cls.predictions.bias", "pooler", "bert.pooler", "score", "classifier",
	}}
)

// canonical gives every parameter of the list by its own name.
func (d dialect) canonical(t *testing.T, m experiments.Model, list []Weight, file tensorFile) map[string][]float32 {
	t.Helper()
	all := map[string][]float32{}
	for _, w := range list {
		name, part := w.Name, -1
		for i, projection := range []string{"q_proj", "k_proj", "v_proj"} {
			if d.fused != "" && strings.Contains(name, projection) {
				name, part = strings.Replace(name, projection, d.fused, 1), i
			}
		}
		values := file.floats(t, strings.NewReplacer(d.names...).Replace(name))
		switch {
		case part >= 0:
			values = d.third(m, values, part)
		case d.valueFirst && strings.Contains(name, "gate_up_proj"):
			half := len(values) / 2
			values = append(append([]float32{}, values[half:]...), values[:half]...)
		}
		if int64(len(values)) != w.Size() {
			t.Fatalf("%s has %d values, want %v", w.Name, len(values), w.Shape)
		}
		all[w.Name] = values
	}
	return all
}

// third cuts query (0), key (1) or value (2) out of the fused projection.
func (d dialect) third(m experiments.Model, values []float32, part int) []float32 {
	dim, q, kv := HeadDim(m), m.NumAttentionHeads, m.NumKeyValueHeads
	row := len(values) / ((q + 2*kv) * dim)
	if !d.perHead {
		start := []int{0, q, q + kv, q + 2*kv}
		return values[start[part]*dim*row : start[part+1]*dim*row]
	}
	var out []float32
	for head := range q {
		at := (3*head + part) * dim * row
		out = append(out, values[at:at+dim*row]...)
	}
	return out
}
