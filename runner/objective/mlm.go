package objective

import (
	"math/rand/v2"

	"inkstone/experiments"
	"inkstone/runner/tokenizer"
)

// Corruption are the draws of one token of masked language modelling: Choose and Act from [0,1), Random from the plain ids.
type Corruption struct {
	Choose, Act float64
	Random      int32
}

// Masked builds a row of masked language modelling (BERT, arXiv 1810.04805, section 3.1): a token with Choose below ratio is to be
// told. Of those, 80 % become the mask, 10 % a random token, and 10 % stay. Special tokens are never chosen. Every column sees all
// of the row.
func Masked(tokens []int32, ratio float64, mask int32, special func(id int32) bool, draw func() Corruption) Row {
	var row Row
	for i, t := range tokens {
		input, weight := t, float32(0)
		if d := draw(); d.Choose < ratio && !special(t) {
			weight = 1
			switch {
			case d.Act < .8:
				input = mask
			case d.Act < .9:
				input = d.Random
			}
		}
		row.add(input, t, weight, i, 0)
	}
	row.Prefix = len(tokens)
	return row
}

// masking makes the rows of masked language modelling.
type masking struct {
	ratio   float64
	mask    int32
	special func(id int32) bool
	plain   []int32 // all ids that are no special tokens
}

func newMasking(o experiments.Objective, t tokenizer.Tokenizer) (*masking, error) {
	m := &masking{ratio: o.MaskRatio, special: func(id int32) bool { return tokenizer.IsSpecial(t, id) }}
	for id := range int32(t.VocabSize()) {
		if !m.special(id) {
			m.plain = append(m.plain, id)
		}
	}
	var err error
	m.mask, err = special(t, "mlm", tokenizer.Mask)
	return m, err
}

// row masks a text. It can be that no token is chosen.
func (m *masking) row(random *rand.Rand, tokens []int32) Row {
	return Masked(tokens, m.ratio, m.mask, m.special, func() Corruption {
		return Corruption{random.Float64(), random.Float64(), m.plain[random.IntN(len(m.plain))]}
	})
}
