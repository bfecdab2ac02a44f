package generate

import (
	"cmp"
	"math"
	"slices"
)

var excluded = float32(math.Inf(-1))

// divide is the temperature, in float32 as the reference implementation computes it.
func divide(logits []float32, temperature float32) {
	for i := range logits {
		logits[i] /= temperature
	}
}

// keepTopK excludes what is smaller than the k-th largest logit; ties with it stay.
func keepTopK(logits []float32, k int) {
	if k <= 0 || k >= len(logits) {
		return
	}
	sorted := slices.Clone(logits)
	slices.Sort(sorted)
	excludeBelow(logits, sorted[len(sorted)-k])
}

// keepTopP excludes, from the least probable on, tokens whose probabilities together stay within 1 − p. Of equal ones the
// lower ids go first; the most probable token always stays.
func keepTopP(logits []float32, p float64) {
	if p <= 0 || p >= 1 {
		return
	}
	all, ids := probabilities(logits), make([]int, 0, len(logits))
	for id, logit := range logits {
		if logit > excluded {
			ids = append(ids, id)
		}
	}
	slices.SortStableFunc(ids, func(a, b int) int { return cmp.Compare(logits[a], logits[b]) })
	sum := 0.0
	for _, id := range ids[:max(len(ids)-1, 0)] {
		if sum += all[id]; sum > 1-p {
			return
		}
		logits[id] = excluded
	}
}

// keepMinP excludes tokens less probable than a share of the most probable one: p(t) < share·p(best), which is a bound on
// the difference of logits.
func keepMinP(logits []float32, share float64) {
	if best, ok := argMax(logits); ok && share > 0 {
		excludeBelow(logits, logits[best]+float32(math.Log(share)))
	}
}

func excludeBelow(logits []float32, bound float32) {
	for i, v := range logits {
		if v < bound {
			logits[i] = excluded
		}
	}
}

// probabilities is the softmax of logits [V] in float64; excluded ones are 0.
func probabilities(logits []float32) []float64 {
	all := make([]float64, len(logits))
	best, ok := argMax(logits)
	if !ok {
		return all
	}
	sum := 0.0
	for i, v := range logits {
		all[i] = math.Exp(float64(v) - float64(logits[best]))
		sum += all[i]
	}
	for i := range all {
		all[i] /= sum
	}
	return all
}

// argMax is the id of the largest logit, the lowest of equal ones; ok is false where all are excluded.
func argMax(logits []float32) (id int32, ok bool) {
	best := excluded
	for i, v := range logits {
		if v > best {
			best, id = v, int32(i)
		}
	}
	return id, best > excluded
}
