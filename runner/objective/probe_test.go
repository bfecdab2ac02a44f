package objective

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/tracker/heads"
)

func TestProbeRepeatsDistinctTokens(t *testing.T) {
	for _, test := range []struct {
		name                  string
		plain, length, period int
	}{
		{"symbols", 32, 64, 24}, {"bytes", 256, 128, 24}, {"few symbols", 5, 64, 5}, {"short rows", 32, 11, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := NewProbe(test.plain, test.length, false)
			if d := cmp.Diff(p.Batch, NewProbe(test.plain, test.length, false).Batch); d != "" {
				t.Errorf("the probe is not fixed:\n%s", d)
			}
			if p.Period != test.period || p.Batch.Length != 2*test.period || p.Batch.Rows != probeRows {
				t.Fatalf("%d rows of %d, period %d, want %d", p.Batch.Rows, p.Batch.Length, p.Period, test.period)
			}
			for row := range p.Batch.Rows {
				ids := p.Batch.Inputs[row*p.Batch.Length:][:p.Batch.Length]
				if d := cmp.Diff(ids[:p.Period], ids[p.Period:]); d != "" {
					t.Errorf("row %d does not repeat:\n%s", row, d)
				}
				seen := map[int32]bool{}
				for _, id := range ids {
					seen[id] = true
				}
				if len(seen) != p.Period {
					t.Errorf("row %d has %d tokens, want %d", row, len(seen), p.Period)
				}
			}
		})
	}
}

// Heads whose answer is known: one copies, one looks back by one, one looks everywhere alike, one looks at the same token, and
// one stays in its round.
func TestProbeScore(t *testing.T) {
	const layers, count, period = 2, 5, 24
	looks := [count]func(q, k int) float32{
		func(q, k int) float32 { return one(q < period && k == q || q >= period && k == q-period+1) },
		func(q, k int) float32 { return one(k == max(q-1, 0)) },
		func(q, k int) float32 { return one(k <= q) / float32(q+1) },
		func(q, k int) float32 { return one(k == q%period) },
		func(q, k int) float32 { return one(k <= q && k/period == q/period) / float32(q%period+1) },
	}
	p := NewProbe(32, 64, false)
	n := p.Batch.Length
	attention := make([]float32, layers*p.Batch.Rows*count*n*n)
	for i := range attention {
		// The second layer has the heads; those of the first look at themselves.
		q, k := i/n%n, i%n
		if i < len(attention)/2 {
			attention[i] = one(q == k)
		} else {
			attention[i] = looks[i/n/n%count](q, k)
		}
	}
	s := p.Score(attention, layers, count)
	for _, test := range []struct {
		name    string
		head    int
		measure heads.Measure
		want    float64
	}{
		{"induction of the copying head", 0, heads.Induction, 1}, {"previous token of the copying head", 0, heads.PreviousToken, 0},
		{"induction of the head that looks back", 1, heads.Induction, 0}, {"previous token of the head that looks back", 1, heads.PreviousToken, 1},
		{"distance of the head that looks back", 1, heads.Distance, 1}, {"entropy of the head that looks back", 1, heads.Entropy, 0},
		{"induction of the even head", 2, heads.Induction, s.Chance[heads.Induction]}, {"normalised entropy of the even head", 2, heads.NormalizedEntropy, 1},
		{"same token", 3, heads.SameToken, 1}, {"distance of the head that looks at the same token", 3, heads.Distance, period},
		{"block-diagonal", 4, heads.BlockDiagonal, 1}, {"block-diagonal of the same token", 3, heads.BlockDiagonal, 0},
	} {
		if got := s.Head(1, test.head)[test.measure]; math.Abs(got-test.want) > 1e-6 {
			t.Errorf("%s is %v, want %v", test.name, got, test.want)
		}
	}
	if s.Best(heads.Induction, 0) != 0 || s.Best(heads.Induction, 1) != 1 {
		t.Errorf("best induction is %v and %v, want 0 and 1", s.Best(heads.Induction, 0), s.Best(heads.Induction, 1))
	}
	even := 0.0
	for q := period; q < 2*period; q++ {
		even += 1 / float64(q+1) / period
	}
	if got := s.Chance[heads.Induction]; math.Abs(got-even) > 1e-9 {
		t.Errorf("chance is %v, want %v", got, even)
	}
	if got := NewProbe(32, 64, true).scorer.Chance()[heads.Induction]; math.Abs(got-1./48) > 1e-9 {
		t.Errorf("chance of an encoder is %v, want 1/48", got)
	}
}

func one(yes bool) float32 {
	if yes {
		return 1
	}
	return 0
}
