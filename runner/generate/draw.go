package generate

import (
	"encoding/binary"
	"math/rand/v2"
)

// uniform is a number in [0, 1) that depends on (seed, row, step) alone: a row's text is the same in whatever batch it is
// decoded, and its draws do not depend on how many came before.
func uniform(seed int64, row, step int) float64 {
	var key [32]byte
	for i, v := range []uint64{uint64(seed), uint64(row), uint64(step)} {
		binary.LittleEndian.PutUint64(key[8*i:], v)
	}
	return rand.New(rand.NewChaCha8(key)).Float64()
}

// draw takes the id in whose stretch of the cumulative probabilities u in [0, 1) falls, in the order of ids.
func draw(all []float64, u float64) int32 {
	sum, last := 0.0, int32(0)
	for id, p := range all {
		if p == 0 {
			continue
		}
		last = int32(id)
		if sum += p; u < sum {
			break
		}
	}
	return last
}
