package data

import "math/bits"

// permute maps 0…n−1 onto itself, in an order that the key decides, without a table: a Feistel network over the next even number of
// bits, walked on until it comes back into range (Black and Rogaway 2002, "Ciphers with Arbitrary Finite Domains").
func permute(i, n int64, key uint64) int64 {
	half := (bits.Len64(uint64(n-1)) + 1) / 2
	mask := uint64(1)<<half - 1
	at := uint64(i)
	for {
		left, right := at>>half, at&mask
		for round := range uint64(6) {
			left, right = right, left^mix(key+round<<56+right)&mask
		}
		if at = left<<half | right; at < uint64(n) {
			return int64(at)
		}
	}
}
