package heads

import "fmt"

// Rollout follows attention through the layers: how much of each input token has reached each position, if a layer passes on
// half of what it had (the residual path) and half of what its heads fetched on average (Abnar & Zuidema, "Quantifying
// Attention Flow in Transformers", 2020, arXiv 2005.00928, section 3: A = 0.5 W + 0.5 I, multiplied from the first layer up).
// It is linear and knows of no values nor MLPs: a picture of where information could come from.
type Rollout struct {
	size   int
	reach  []float64 // [positions, inputs]; rows sum to 1
	layer  []float64 // scratch: the layer's own matrix
	result []float64
}

// NewRollout begins before the first layer, where every position holds itself alone.
func NewRollout(tokens int) *Rollout {
	r := &Rollout{size: tokens, reach: make([]float64, tokens*tokens), layer: make([]float64, tokens*tokens), result: make([]float64, tokens*tokens)}
	for i := range tokens {
		r.reach[i*tokens+i] = 1
	}
	return r
}

// Add goes through the next layer: the weights of its heads, each [tokens, tokens] row-major.
func (r *Rollout) Add(heads ...[]float32) {
	clear(r.layer)
	for _, weights := range heads {
		if len(weights) != r.size*r.size {
			panic(fmt.Sprintf("heads: %d weights for %d tokens", len(weights), r.size))
		}
		for i, w := range weights {
			r.layer[i] += float64(w)
		}
	}
	for q := range r.size {
		mix(r.layer[q*r.size:][:r.size], q)
	}
	r.multiply()
}

// mix makes a row half of itself, scaled to sum to 1, and half of the position's own.
func mix(row []float64, own int) {
	total := 0.0
	for _, w := range row {
		total += w
	}
	for i := range row {
		row[i] /= 2 * total
	}
	row[own] += 0.5
}

// multiply puts the layer on top: reach = layer · reach. Masked weights are zeros, which cost nothing.
func (r *Rollout) multiply() {
	n := r.size
	clear(r.result)
	for q := range n {
		out := r.result[q*n:][:n]
		for k, w := range r.layer[q*n:][:n] {
			if w == 0 {
				continue
			}
			for i, v := range r.reach[k*n:][:n] {
				out[i] += w * v
			}
		}
	}
	r.reach, r.result = r.result, r.reach
}

// Weights are what each position holds of each input token, [positions, inputs] row-major; rows sum to 1.
func (r *Rollout) Weights() []float32 {
	out := make([]float32, len(r.reach))
	for i, v := range r.reach {
		out[i] = float32(v)
	}
	return out
}
