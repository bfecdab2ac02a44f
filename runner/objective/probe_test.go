package objective

import (
	"math"
	"testing"

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
	const layers, heads = 2, 3
	attention := make([]float32, layers*p.Batch.Rows*heads*n*n)
	for row := range p.Batch.Rows {
		at := (1*p.Batch.Rows + row) * heads * n * n // the second layer; the first attends to nothing
		for q := range n {
			if q >= p.Period {
				attention[at+q*n+q-p.Period+1] = 1
			}
			if q > 0 {
				attention[at+n*n+q*n+q-1] = .5
			}
			for k := range q + 1 {
				attention[at+2*n*n+q*n+k] = 1 / float32(q+1)
			}
		}
	}
	s := p.Score(attention, layers, heads)
	for _, test := range []struct {
		name      string
		got, want float64
	}{
		{"induction of the copying head", s.Induction[3], 1}, {"previous token of the copying head", s.PreviousToken[3], 0},
		{"induction of the head that looks back", s.Induction[4], 0}, {"previous token of the head that looks back", s.PreviousToken[4], .5},
		{"induction of the even head", s.Induction[5], s.Chance}, {"previous token of the even head", s.PreviousToken[5], s.Chance},
		{"best induction, layer 0", s.Best(s.Induction, 0), 0}, {"best induction, layer 1", s.Best(s.Induction, 1), 1},
	} {
		if math.Abs(test.got-test.want) > 1e-6 {
			t.Errorf("%s is %v, want %v", test.name, test.got, test.want)
		}
	}
	if s.Chance < 1./48 || s.Chance > 1./25 {
		t.Errorf("chance is %v, want between 1/48 and 1/25", s.Chance)
	}
}
