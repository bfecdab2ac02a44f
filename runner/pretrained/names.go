package pretrained

import (
	"fmt"
	"slices"
	"strings"

	"inkstone/experiments"
	"inkstone/runner/model"
)

// Dialect is a way in which models of the family are published: names of tensors, and a form of config.json.
type Dialect string

// The dialects.
const (
	GLM         Dialect = "glm"          // transformers' own glm: GLM-4-9B, GLM-Edge
	GLM4        Dialect = "glm4"         // transformers' own glm4: GLM-4-0414
	ChatGLM     Dialect = "chatglm"      // the remote code of ChatGLM2, ChatGLM3 and GLM-4
	ChatGLM1    Dialect = "chatglm-6b"   // the remote code of ChatGLM-6B
	GLMOriginal Dialect = "glm-original" // GLM of 2021
	BERT        Dialect = "bert"         // transformers' own bert

	// own are the names in checkpoints of runs, whose configuration is a spec.
	own Dialect = "inkstone"
)

// Dialects are all of them.
var Dialects = []Dialect{GLM, GLM4, ChatGLM, ChatGLM1, GLMOriginal, BERT}

// names is a dialect's table: Inkstone's stems (names without .weight or .bias) and the dialect's.
type names struct {
	outside map[string]string // stems outside of the blocks
	blocks  string            // what a block's names begin with, with %d for its number
	inside  map[string]string // stems inside of a block
	fused   string            // stem of query, key and value in one, inside of a block; empty where they are apart
	perHead bool              // the fused one goes head by head
	heads   map[string]string // stems of task heads that a file may have beside
	buffers []string          // pieces of names that are no part of a trained model: dropped
	own     bool              // the names are Inkstone's, all of them
	others  []string          // beginnings of names that belong to the model, and that Inkstone has no use for: left out
}

var tables = map[Dialect]names{
	GLM:     native(),
	GLM4:    native(),
	ChatGLM: chatglm(),
	ChatGLM1: old("transformer.word_embeddings", true, map[string]string{"lm_head": "lm_head"},
		[]string{"transformer.prefix_encoder."}),
	GLMOriginal: old("word_embeddings", false, map[string]string{
		"model.position_embeddings":       "transformer.position_embeddings",
		"model.block_position_embeddings": "transformer.block_position_embeddings",
	}, nil),
	BERT: bert(),
	own: {
		own: true, buffers: []string{"optimizer."},
		heads: map[string]string{"score": "score", "pooler.dense": "pooler.dense", "qa_outputs": "qa_outputs"},
	},
}

// native are Inkstone's own names.
func native() names {
	same := func(stems ...string) map[string]string {
		all := map[string]string{}
		for _, stem := range stems {
			all[stem] = stem
		}
		return all
	}
	return names{
		outside: same("model.embed_tokens", "model.norm", "lm_head"),
		blocks:  "model.layers.%d.",
		inside: same("input_layernorm", "post_self_attn_layernorm", "post_attention_layernorm", "post_mlp_layernorm", "self_attn.q_proj",
			"self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_up_proj", "mlp.down_proj"),
		heads:   same("score"),
		buffers: []string{".inv_freq"},
	}
}

// mlp4h are the names that every Megatron-like dialect gives to an MLP's projections.
var mlp4h = map[string]string{
	"mlp.up_proj": "mlp.dense_h_to_4h", "mlp.gate_up_proj": "mlp.dense_h_to_4h", "mlp.down_proj": "mlp.dense_4h_to_h",
	"input_layernorm": "input_layernorm", "post_attention_layernorm": "post_attention_layernorm",
}

func chatglm() names {
	return names{
		outside: map[string]string{
			"model.embed_tokens": "transformer.embedding.word_embeddings", "model.norm": "transformer.encoder.final_layernorm",
			"lm_head": "transformer.output_layer",
		},
		blocks:  "transformer.encoder.layers.%d.",
		inside:  with(mlp4h, "self_attn.o_proj", "self_attention.dense"),
		fused:   "self_attention.query_key_value",
		heads:   map[string]string{"score": "classifier_head"},
		buffers: []string{".inv_freq"},
		others:  []string{"transformer.prefix_encoder."},
	}
}

// old are ChatGLM-6B and its ancestor.
func old(embedding string, perHead bool, outside map[string]string, others []string) names {
	outside["model.embed_tokens"] = embedding
	outside["model.norm"] = "transformer.final_layernorm"
	return names{
		outside: outside,
		blocks:  "transformer.layers.%d.",
		inside:  with(mlp4h, "self_attn.o_proj", "attention.dense"),
		fused:   "attention.query_key_value",
		perHead: perHead,
		buffers: []string{".inv_freq"},
		others:  others,
	}
}

func bert() names {
	return names{
		outside: map[string]string{
			"model.embed_tokens": "bert.embeddings.word_embeddings", "model.position_embeddings": "bert.embeddings.position_embeddings",
			"model.token_type_embeddings": "bert.embeddings.token_type_embeddings", "model.embed_norm": "bert.embeddings.LayerNorm",
			"lm_head.dense": "cls.predictions.transform.dense", "lm_head.norm": "cls.predictions.transform.LayerNorm",
			"lm_head.bias": "cls.predictions.bias", "lm_head": "cls.predictions.decoder",
		},
		blocks: "bert.encoder.layer.%d.",
		inside: map[string]string{
			"self_attn.q_proj": "attention.self.query", "self_attn.k_proj": "attention.self.key", "self_attn.v_proj": "attention.self.value",
			"self_attn.o_proj": "attention.output.dense", "post_self_attn_layernorm": "attention.output.LayerNorm",
			"mlp.up_proj": "intermediate.dense", "mlp.down_proj": "output.dense", "post_mlp_layernorm": "output.LayerNorm",
		},
		heads:   map[string]string{"pooler.dense": "bert.pooler.dense", "score": "classifier", "qa_outputs": "qa_outputs"},
		buffers: []string{".position_ids"},
		others:  []string{"cls.seq_relationship."},
	}
}

func with(table map[string]string, key, value string) map[string]string {
	all := map[string]string{key: value}
	for k, v := range table {
		all[k] = v
	}
	return all
}

// place is where a dialect keeps one of Inkstone's tensors: in a tensor of its own, or in some rows of a fused one.
type place struct {
	name string
	rows rows
}

// place finds the place of a tensor of the model.
func (n names) place(m experiments.Model, name string) (place, error) {
	if n.own {
		return place{name: name}, nil
	}
	if outside, ok := n.outside[name]; ok { // a bias that stands for itself
		return place{name: outside}, nil
	}
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return place{}, fmt.Errorf("tensor %q: the dialect has no place for it", name)
	}
	stem, kind := name[:dot], name[dot:]
	for _, table := range []map[string]string{n.outside, n.heads} {
		if outside, ok := table[stem]; ok {
			return place{name: outside + kind}, nil
		}
	}
	var layer int
	if _, err := fmt.Sscanf(stem, "model.layers.%d.", &layer); err == nil {
		inner := strings.TrimPrefix(stem, fmt.Sprintf("model.layers.%d.", layer))
		block := fmt.Sprintf(n.blocks, layer)
		if i := slices.Index([]string{"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"}, inner); i >= 0 && n.fused != "" {
			q, k, v := projections(m.NumAttentionHeads, m.NumKeyValueHeads, model.HeadDim(m), n.perHead)
			return place{block + n.fused + kind, []rows{q, k, v}[i]}, nil
		}
		if file, ok := n.inside[inner]; ok {
			at := place{name: block + file + kind}
			if inner == "mlp.gate_up_proj" && m.MLP == "geglu" {
				at.rows = swapped(m.IntermediateSize)
			}
			return at, nil
		}
	}
	return place{}, fmt.Errorf("tensor %q: the dialect has no place for it", name)
}

// dropped tells whether a name of the dialect is no part of a trained model: a buffer that is computed, or an optimizer's state.
func (n names) dropped(name string) bool {
	return slices.ContainsFunc(n.buffers, func(piece string) bool { return strings.Contains(name, piece) })
}

// unused tells whether a name of the dialect belongs to a part that Inkstone has no use for.
func (n names) unused(name string) bool {
	return slices.ContainsFunc(n.others, func(start string) bool { return strings.HasPrefix(name, start) })
}

// headNames are Inkstone's names of heads by the dialect's.
func (n names) headNames() map[string]string {
	all := map[string]string{}
	for ours, theirs := range n.heads {
		for _, kind := range []string{".weight", ".bias"} {
			all[theirs+kind] = ours + kind
		}
	}
	return all
}
