package specimen

import (
	"math/rand/v2"
	"strings"
)

// attention is [layers, heads, n, n]: causal rows that sum to 1. As a run ripens, the first head of the first layer looks at
// the previous token, the third at the same token before, the last of every layer at the first token, and the second of the
// last layer behind the last occurrence of the same token.
func attention(tokens []string, layers, heads int, ripe float64, seed uint64) []float32 {
	n := len(tokens)
	values := make([]float32, 0, layers*heads*n*n)
	random := rand.New(rand.NewPCG(seed, 7))
	for layer := range layers {
		for head := range heads {
			for q := range n {
				row := make([]float32, n)
				for k := range q + 1 {
					row[k] = float32(0.2 + random.Float64())
				}
				spread(row, float32(1-0.9*ripe))
				row[target(tokens, layer, head, layers, q)] += float32(0.9 * ripe)
				values = append(values, row...)
			}
		}
	}
	return values
}

// spread scales a row so that it sums to a total.
func spread(row []float32, total float32) {
	sum := float32(0)
	for _, v := range row {
		sum += v
	}
	for i := range row {
		row[i] *= total / sum
	}
}

// target is the key that a ripe head looks at.
func target(tokens []string, layer, head, layers, q int) int {
	before := -1
	for k := range q {
		if tokens[k] == tokens[q] {
			before = k
		}
	}
	switch {
	case layer == 0 && head == 0:
		return max(q-1, 0)
	case layer == 0 && head == 2 && before >= 0:
		return before
	case layer == layers-1 && head == 1 && before >= 0:
		return before + 1
	case head == 3:
		return 0
	}
	return q
}

// poem is a text that gets better.
func poem(ripe float64, seed uint64) string {
	const good = "處處聞啼鳥。夜來風雨聲,花落知多少。"
	letters := []rune(good)
	random := rand.New(rand.NewPCG(seed, 11))
	var text strings.Builder
	for _, r := range letters {
		if random.Float64() > ripe {
			r = letters[random.IntN(len(letters))]
		}
		text.WriteRune(r)
	}
	return text.String()
}
