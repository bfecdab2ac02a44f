package data

import (
	"fmt"
	"math/rand/v2"

	"inkstone/experiments"
)

// Window is a stretch of tokens.
type Window struct {
	Tokens []int32
	// ScoreFrom is the first token whose prediction counts.
	ScoreFrom int
}

// Side is one side of the split.
type Side uint64

// The sides of the split.
const (
	Train      Side = 1
	Validation Side = 2
)

// Random is the generator of one row: a pure function of its place. Purposes keep independent draws apart.
func Random(side Side, purpose uint64, seed int64, step, row int) *rand.Rand {
	key := uint64(side)<<32 | purpose
	for _, part := range []uint64{uint64(seed), uint64(step), uint64(row)} {
		key = mix(key + part)
	}
	return rand.New(rand.NewPCG(mix(key), mix(key+1)))
}

// mix is the finaliser of splitmix64 (Steele et al. 2014): every bit of the input moves every bit of the output.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

const windowDraw = 1 // the purpose of a window's offset

// Window is a row of a step, n tokens long: a pure function of (content, side, seed, step, row).
func (p *Prepared) Window(side Side, seed int64, step, row, n int) Window {
	random := Random(side, windowDraw, seed, step, row)
	if p.repeats != nil {
		return repeatsWindow(random, *p.repeats, n)
	}
	s := p.side(side)
	return Window{Tokens: s.read(random.Int64N(s.tokens-int64(n)+1), n), ScoreFrom: 1}
}

func (p *Prepared) side(side Side) *stream {
	if side == Train {
		return p.train
	}
	return p.validation
}

// CheckLength makes sure that both sides hold a window of n tokens.
func (p *Prepared) CheckLength(n int) error {
	if p.repeats != nil {
		return nil
	}
	if p.TrainTokens < int64(n) {
		return fmt.Errorf("the corpus has %d training tokens, fewer than one window of %d; use a shorter train.sequence_length or more text", p.TrainTokens, n)
	}
	if p.ValidationTokens < int64(n) {
		return fmt.Errorf("the corpus has %d validation tokens, fewer than one window of %d; raise data.validation.share or use more text", p.ValidationTokens, n)
	}
	return nil
}

// Prompt tokenises a text whose attention is recorded, of at most length tokens.
func (p *Prepared) Prompt(text string, length int) ([]int32, error) {
	ids, err := p.Tokenizer.Encode([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("prompt %q: %w", text, err)
	}
	if len(ids) == 0 || len(ids) > length {
		return nil, fmt.Errorf("record.attention.prompts: %q has %d tokens, want 1 to %d (train.sequence_length)", text, len(ids), length)
	}
	return ids, nil
}

// repeatsWindow repeats the first p symbols of a random order, p drawn evenly. The first symbol of the second round is a
// surprise, since the period is not known before; every one behind it is determined, and counts.
func repeatsWindow(random *rand.Rand, r experiments.Repeats, n int) Window {
	period := r.MinPeriod + random.IntN(r.MaxPeriod-r.MinPeriod+1)
	order := random.Perm(r.Symbols)
	w := Window{Tokens: make([]int32, n), ScoreFrom: period + 1}
	for i := range w.Tokens {
		w.Tokens[i] = int32(order[i%period])
	}
	return w
}
