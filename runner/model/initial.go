package model

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"

	"inkstone/experiments"
)

// Initial draws a parameter's first values, row-major. The generator is keyed by (seed, name): the values are the same on
// every backend, and a parameter that two variants share starts equal in both.
func Initial(m experiments.Model, p Weight, seed int64) []float32 {
	values := make([]float32, p.Size())
	switch p.Start {
	case StartOne:
		for i := range values {
			values[i] = 1
		}
		return values
	case StartZero:
		return values
	}
	sd := m.InitializerRange
	if p.Start == StartOutput {
		sd /= math.Sqrt(2 * float64(m.NumHiddenLayers))
	}
	random := keyed(seed, p.Name)
	for i := range values {
		values[i] = float32(sd * random.NormFloat64())
	}
	return values
}

func keyed(seed int64, name string) *rand.Rand {
	var key [8]byte
	binary.LittleEndian.PutUint64(key[:], uint64(seed))
	return rand.New(rand.NewChaCha8(sha256.Sum256(append(key[:], name...))))
}
