package objective

import (
	"math"
	"testing"

	"inkstone/tracker/heads"

	"github.com/google/go-cmp/cmp"
)

func TestProbeRepeatsDistinctTokens(t *testing.T) {
	for _, test := range []struct {
		name                  string
		plain, length, period int
	}{
		{"symbols", 32, 64, 24}, {"bytes", 256, 128, 24}, {"few symbols", 5, 64, 5}, {"short rows", 32, 11, 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := NewProbe(test.plain, test.length)
			if d := cmp.Diff(p, NewProbe(test.plain, test.length)); d != "" {
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

// Heads whose answer is known: one copies, one looks back by one, one looks everywhere alike.
func TestProbeScore(t *testing.T) {
	p := NewProbe(32, 64)
	n := p.Batch.Length
	const layers, count = 2, 3
	attention := make([]float32, layers*p.Batch.Rows*count*n*n)
	for row := range p.Batch.Rows {
		for head := range count {
			for q := range n {
				attention[(row*count+head)*n*n+q*n] = 1
			}
		}
		at := (1*p.Batch.Rows + row) * count * n * n // the second layer; the first looks at its first token
		for q := range n {
			if q >= p.Period {
				attention[at+q*n+q-p.Period+1] = 1
			}
			if q > 0 {
				attention[at+n*n+q*n+q-1], attention[at+n*n+q*n+q] = .5, .5
			}
			for k := range q + 1 {
				attention[at+2*n*n+q*n+k] = 1 / float32(q+1)
			}
		}
	}
	s := p.Score(attention, layers, count, false)
	for _, test := range []struct {
		name      string
		got, want float64
	}{
		{"induction of the copying head", s.Values[3][heads.Induction], 1}, {"previous token of the copying head", s.Values[3][heads.PreviousToken], 0},
		{"induction of the head that looks back", s.Values[4][heads.Induction], 0}, {"previous token of the head that looks back", s.Values[4][heads.PreviousToken], .5},
		{"induction of the even head", s.Values[5][heads.Induction], s.Chance[heads.Induction]}, {"previous token of the even head", s.Values[5][heads.PreviousToken], s.Chance[heads.PreviousToken]},
		{"best induction, layer 0", s.Best(heads.Induction, 0), 0}, {"first token, layer 0", s.Best(heads.FirstToken, 0), 1}, {"best induction, layer 1", s.Best(heads.Induction, 1), 1},
	} {
		if math.Abs(test.got-test.want) > 1e-6 {
			t.Errorf("%s is %v, want %v", test.name, test.got, test.want)
		}
	}
	if c := s.Chance[heads.Induction]; c < 1./48 || c > 1./25 {
		t.Errorf("chance is %v, want between 1/48 and 1/25", c)
	}
}
