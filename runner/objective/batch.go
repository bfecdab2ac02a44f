package objective

// Batch is one step's rows on the host, row-major. B is Rows, T is Length.
type Batch struct {
	Rows, Length int
	// Inputs [B,T] are token ids; Targets [B,T] are aligned with them (no shift is left to do).
	Inputs, Targets []int32
	// Weights [B,T] multiply each target's loss; 0 where there is no target.
	Weights []float32
	// Positions [B,T] and BlockPositions [B,T] are GLM's two coordinates; the second is 0 for causal rows.
	Positions, BlockPositions []int32
	// Prefix [B] is how many leading columns every row of the attention may see; 0 for causal rows. Beyond it,
	// attention is causal.
	Prefix []int32
	// Valid [B] is how many leading columns are not padding.
	Valid []int32
	// Bytes is how many bytes of text the weighted targets stand for, where the tokenizer knows; else 0.
	Bytes int64
}
