package model

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
)

// The sites of a block where values are dropped, behind site 0, the embeddings.
const (
	dropProbabilities = iota
	dropAttention
	dropMLP
	dropsPerBlock
)

// Drops tells whether training drops any values.
func Drops(m experiments.Model) bool {
	return m.EmbeddingDropout > 0 || m.AttentionDropout > 0 || m.HiddenDropout > 0
}

// DropoutKeys draws a key for every site of one update's rows: uint64 [sites,3], row-major. They depend on seed, step and
// part (a micro-batch's number) alone, so that a resumed run drops what an uninterrupted one does; what a key drops depends on the
// backend.
func DropoutKeys(m experiments.Model, seed int64, step, part int) (keys []uint64, sites int) {
	sites = 1 + dropsPerBlock*m.NumHiddenLayers
	random := keyed(seed, fmt.Sprintf("dropout/%d/%d", step, part))
	keys = make([]uint64, 3*sites)
	for i := range keys {
		keys[i] = random.Uint64()
	}
	return keys, sites
}

// blockSite is the number of a site in a block.
func blockSite(layer, site int) int { return 1 + dropsPerBlock*layer + site }

// drop sets a share of the values to 0 and scales up the others, so that their mean stays (Srivastava et al. 2014).
func (p *pass) drop(x *Node, share float64, site int) *Node {
	if share == 0 || p.in.Random == nil {
		return x
	}
	key := Squeeze(SliceAxis(p.in.Random, 0, AxisElem(site)), 0)
	_, drawn := RandomUniform(key, shapes.Make(dtypes.Float32, x.Shape().Dimensions...))
	kept := GreaterOrEqual(drawn, FillScalar(x.Graph(), drawn.Shape(), share))
	return Where(kept, MulScalar(x, 1/(1-share)), ZerosLike(x))
}
