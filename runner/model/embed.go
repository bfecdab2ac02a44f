package model

import (
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
)

// embedOneHot is the largest vocabulary that is looked up by a product with one-hot rows: its gradient is a product too,
// where that of a lookup is a scatter, which XLA runs row after row on the CPU.
const embedOneHot = 512

// embed is the sum of the embeddings of token, type and places [B,T,H], normalised where the placement is post.
func (p *pass) embed() *Node {
	x_BTH := lookup(p.w("model.embed_tokens.weight"), p.in.Tokens)
	if p.m.Positions == "learned" || p.m.Positions == "absolute" {
		x_BTH = Add(x_BTH, lookup(p.w("model.position_embeddings.weight"), p.in.Positions))
	}
	if p.m.Positions == "learned" {
		x_BTH = Add(x_BTH, lookup(p.w("model.block_position_embeddings.weight"), p.in.Blocks))
	}
	if p.m.TypeVocabSize > 0 {
		types := p.in.Types
		if types == nil {
			types = ZerosLike(p.in.Tokens)
		}
		x_BTH = Add(x_BTH, lookup(p.w("model.token_type_embeddings.weight"), types))
	}
	if p.m.NormPlacement == "post" {
		x_BTH = p.norm("model.embed_norm", x_BTH)
	}
	return p.drop(x_BTH, p.m.EmbeddingDropout, 0)
}

// lookup picks rows of table [V,H] by ids [B,T].
func lookup(table_VH, ids_BT *Node) *Node {
	vocab := table_VH.Shape().Dimensions[0]
	if vocab <= embedOneHot {
		return MatMul(OneHot(ids_BT, vocab, table_VH.DType()), table_VH)
	}
	return Gather(table_VH, InsertAxes(ids_BT, -1))
}
