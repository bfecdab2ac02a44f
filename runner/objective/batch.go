package objective

import "inkstone/runner/tokenizer"

// Batch is one step's rows on the host, row-major. B is Rows, T is Length.
type Batch struct {
	Rows, Length int
	// Inputs [B,T] are token ids; Targets [B,T] are aligned with them (no shift is left to do).
	Inputs, Targets []int32
	// Weights [B,T] multiply each target's loss; 0 where there is no target.
	Weights []float32
	// Positions [B,T] and BlockPositions [B,T] are GLM's two coordinates; the second is 0 but for infilling.
	Positions, BlockPositions []int32
	// Documents [B,T] are the ids of packed documents, from 1 in each row, and 0 for padding: a column sees those of its own
	// document alone. nil where rows are not packed.
	Documents []int32
	// Prefix [B] is how many leading columns every row of the attention may see; 0 for causal rows. Beyond it,
	// attention is causal. Rows of masked language modelling see all of themselves.
	Prefix []int32
	// Valid [B] is how many leading columns are not padding.
	Valid []int32
	// Tasks [B] names what each row of infilling trains: token, sentence or document. nil for other objectives.
	Tasks []string
	// Bytes is how many bytes of text the weighted targets stand for, where the tokenizer knows; else 0.
	Bytes int64
}

// append adds a row, padded on the right with tokens that carry no loss.
func (b *Batch) append(r Row) {
	pad := b.Length - len(r.Inputs)
	b.Rows++
	b.Inputs = padded(b.Inputs, r.Inputs, pad)
	b.Targets = padded(b.Targets, r.Targets, pad)
	b.Weights = padded(b.Weights, r.Weights, pad)
	b.Positions = padded(b.Positions, r.Positions, pad)
	b.BlockPositions = padded(b.BlockPositions, r.BlockPositions, pad)
	if r.Documents != nil {
		b.Documents = padded(b.Documents, r.Documents, pad)
	}
	if r.Task != "" {
		b.Tasks = append(b.Tasks, r.Task)
	}
	b.Prefix = append(b.Prefix, int32(r.Prefix))
	b.Valid = append(b.Valid, int32(len(r.Inputs)))
}

// Weight is the sum of the targets' weights.
func (b Batch) Weight() float64 {
	sum := 0.0
	for _, w := range b.Weights {
		sum += float64(w)
	}
	return sum
}

func padded[V int32 | float32](to, values []V, pad int) []V {
	return append(append(to, values...), make([]V, pad)...)
}

// bytes counts the text that the weighted targets stand for.
func (s *Source) bytes(b Batch) int64 {
	if s.prepared.Tokenizer.VocabSize() <= tokenizer.MaxSymbols {
		return 0
	}
	var ids []int32
	for i, w := range b.Weights {
		if w > 0 {
			ids = append(ids, b.Targets[i])
		}
	}
	return int64(len(s.prepared.Tokenizer.Decode(ids)))
}
