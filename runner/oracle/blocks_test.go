package oracle

import (
	"fmt"
	"math"

	"inkstone/experiments"
)

// The types of block of the family, each as its formulas: from the tokens to the logits [M,V].

// glm is the original (arXiv 2103.10360): LayerNorm before each part, two learned tables of positions, GELU in the tanh
// form, biases everywhere, a head tied to the embedding.
func glm(t *tape, m experiments.Model, b batch) matrix {
	norm, a := t.layerNorm(m.NormEps), attentionOf(m, everywhere, nil, b.prefixed())
	x := t.lookup("model.embed_tokens.weight", flat(b.tokens))
	x = t.add(x, t.lookup("model.position_embeddings.weight", flat(b.positions)))
	x = t.add(x, t.lookup("model.block_position_embeddings.weight", flat(b.blocks)))
	for layer := range m.NumHiddenLayers {
		at := fmt.Sprintf("model.layers.%d.", layer)
		x = t.add(x, t.attend(a, norm(x, at+"input_layernorm"), at+"self_attn."))
		x = t.add(x, t.mlp(norm(x, at+"post_attention_layernorm"), at+"mlp.", t.geluTanh))
	}
	return t.linear(norm(x, "model.norm"), "model.embed_tokens", false)
}

// chatGLM is ChatGLM-6B: the residual is the normed stream times α, h = α·a + Attn(a) with a = LN(x); one half of each
// head turns with the position, the other with the block position.
func chatGLM(t *tape, m experiments.Model, b batch) matrix {
	d := m.HeadDim
	pairs := append(halves(0, d/2, m.RopeTheta, flat(b.positions)), halves(d/2, d/2, m.RopeTheta, flat(b.blocks))...)
	mlp := func(x matrix, at string) matrix { return t.mlp(x, at, t.geluTanh) }
	return normedResidual(t, m, b, pairs, mlp, "lm_head")
}

// glm130B is GLM-130B's parts in that block: one rotary position over the whole head, a gated MLP with GELU, a tied head.
func glm130B(t *tape, m experiments.Model, b batch) matrix {
	mlp := func(x matrix, at string) matrix { return t.gated(x, at, t.geluErf, true) }
	return normedResidual(t, m, b, halves(0, m.HeadDim, m.RopeTheta, flat(b.positions)), mlp, "model.embed_tokens")
}

func normedResidual(t *tape, m experiments.Model, b batch, pairs []pair, mlp func(x matrix, at string) matrix, head string) matrix {
	norm, a := t.layerNorm(m.NormEps), attentionOf(m, everywhere, pairs, b.prefixed())
	alpha := math.Sqrt(2 * float64(m.NumHiddenLayers))
	x := t.lookup("model.embed_tokens.weight", flat(b.tokens))
	for layer := range m.NumHiddenLayers {
		at := fmt.Sprintf("model.layers.%d.", layer)
		x = norm(x, at+"input_layernorm")
		x = t.add(t.scaled(x, alpha), t.attend(a, x, at+"self_attn."))
		x = norm(x, at+"post_attention_layernorm")
		x = t.add(t.scaled(x, alpha), mlp(x, at+"mlp."))
	}
	return t.linear(norm(x, "model.norm"), head, false)
}

// chatGLM2 is also ChatGLM3 and GLM-4: RMSNorm before each part, grouped keys and values, interleaved pairs on a part of
// each head, SwiGLU, biases of query, key and value alone.
func chatGLM2(t *tape, m experiments.Model, b batch) matrix {
	norm, a := t.rmsNorm(m.NormEps), attentionOf(m, inputs, partly(m, b), b.causal())
	x := t.lookup("model.embed_tokens.weight", flat(b.tokens))
	for layer := range m.NumHiddenLayers {
		at := fmt.Sprintf("model.layers.%d.", layer)
		x = t.add(x, t.attend(a, norm(x, at+"input_layernorm"), at+"self_attn."))
		x = t.add(x, t.gated(norm(x, at+"post_attention_layernorm"), at+"mlp.", t.silu, false))
	}
	return t.linear(norm(x, "model.norm"), "lm_head", false)
}

// glm4 is GLM-4-0414: chatGLM2 with a norm behind each part too.
func glm4(t *tape, m experiments.Model, b batch) matrix {
	norm, a := t.rmsNorm(m.NormEps), attentionOf(m, inputs, partly(m, b), b.causal())
	x := t.lookup("model.embed_tokens.weight", flat(b.tokens))
	for layer := range m.NumHiddenLayers {
		at := fmt.Sprintf("model.layers.%d.", layer)
		y := t.attend(a, norm(x, at+"input_layernorm"), at+"self_attn.")
		x = t.add(x, norm(y, at+"post_self_attn_layernorm"))
		y = t.gated(norm(x, at+"post_attention_layernorm"), at+"mlp.", t.silu, false)
		x = t.add(x, norm(y, at+"post_mlp_layernorm"))
	}
	return t.linear(norm(x, "model.norm"), "lm_head", false)
}

func partly(m experiments.Model, b batch) []pair {
	return interleaved(int(float64(m.HeadDim)*m.PartialRotaryFactor), m.RopeTheta, flat(b.positions))
}

// bert (arXiv 1810.04805) norms the sum behind each part and the embedding's; every token sees all that are no padding;
// the head is a layer of its own before the tied embedding with a bias.
func bert(t *tape, m experiments.Model, b batch) matrix {
	norm, a := t.layerNorm(m.NormEps), attentionOf(m, everywhere, nil, b.unpadded())
	x := t.lookup("model.embed_tokens.weight", flat(b.tokens))
	x = t.add(x, t.lookup("model.position_embeddings.weight", flat(b.positions)))
	x = t.add(x, t.lookup("model.token_type_embeddings.weight", flat(b.types)))
	x = norm(x, "model.embed_norm")
	for layer := range m.NumHiddenLayers {
		at := fmt.Sprintf("model.layers.%d.", layer)
		x = norm(t.add(x, t.attend(a, x, at+"self_attn.")), at+"post_self_attn_layernorm")
		x = norm(t.add(x, t.mlp(x, at+"mlp.", t.geluErf)), at+"post_mlp_layernorm")
	}
	x = norm(t.geluErf(t.linear(x, "lm_head.dense", true)), "lm_head.norm")
	return t.add(t.linear(x, "model.embed_tokens", false), t.spread(t.p("lm_head.bias"), x.Shape()[0]))
}
