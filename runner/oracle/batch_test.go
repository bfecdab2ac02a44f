package oracle

import "gorgonia.org/gorgonia"

// batch is rows of tokens with what they are trained on; the oracle sees all rows as one matrix of M = B·T tokens.
type batch struct {
	tokens, positions, blocks, types, documents, targets [][]int32
	weights                                              [][]float64
	// prefix is how many leading columns a row may always see, valid how many are no padding.
	prefix, valid []int32
}

// flat is the numbers of all rows behind one another.
func flat[T int32 | float64](rows [][]T) (list []float64) {
	for _, row := range rows {
		for _, v := range row {
			list = append(list, float64(v))
		}
	}
	return list
}

// allowed says which key each query may see: one of its own row that the rule lets pass.
func (b batch) allowed(rule func(row, query, key int) bool) array {
	length := len(b.tokens[0])
	m := length * len(b.tokens)
	return fill(m, m, func(i, j int) float64 {
		if i/length == j/length && rule(i/length, i%length, j%length) {
			return 1
		}
		return 0
	})
}

// causal lets a token see itself and what is before it in its document.
func (b batch) causal() array {
	return b.allowed(func(row, q, k int) bool { return k <= q && b.documents[row][k] == b.documents[row][q] })
}

// prefixed lets it see the prefix, too.
func (b batch) prefixed() array {
	return b.allowed(func(row, q, k int) bool { return k <= q || k < int(b.prefix[row]) })
}

// unpadded lets every token see all that are no padding.
func (b batch) unpadded() array {
	return b.allowed(func(row, _, k int) bool { return k < int(b.valid[row]) })
}

// lookup picks a table's rows by numbers.
func (t *tape) lookup(table string, numbers []float64) matrix {
	rows := t.p(table)
	return t.mul(t.constant(fill(len(numbers), rows.Shape()[0], func(i, j int) float64 {
		if int(numbers[i]) == j {
			return 1
		}
		return 0
	})), rows)
}

// loss is Σ w·(ln Σ exp logits − logit of the target) / Σ w.
func (t *tape) loss(logits matrix, b batch) *gorgonia.Node {
	targets, weights, total := flat(b.targets), flat(b.weights), 0.0
	for _, w := range weights {
		total += w
	}
	weight := t.constant(fill(len(targets), logits.Shape()[1], func(i, j int) float64 {
		if int(targets[i]) == j {
			return weights[i] / total
		}
		return 0
	}))
	normaliser := gorgonia.Must(gorgonia.Log(t.rowSums(gorgonia.Must(gorgonia.Exp(logits)))))
	return gorgonia.Must(gorgonia.Sum(t.times(t.sub(normaliser, logits), weight)))
}
