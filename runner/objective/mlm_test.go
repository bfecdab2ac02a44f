package objective

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/runner/reference"
	"inkstone/runner/tokenizer"
)

// TestMaskedGoldens corrupts texts by given draws. A label of −100 is one that does not count.
func TestMaskedGoldens(t *testing.T) {
	var cases []struct {
		Tokens   []int32
		Special  []int     `json:"special_positions"`
		Ratio    float64   `json:"mask_prob"`
		Choose   []float64 `json:"select_draw"`
		Act      []float64 `json:"action_draw"`
		Random   []int32   `json:"random_token"`
		Mask     int32     `json:"mask_token_id"`
		Expected struct {
			Inputs []int32 `json:"input_ids"`
			Labels []int32
		}
	}
	reference.JSON(t, &cases, "bert_mlm", "mlm_masking.json")
	if len(cases) < 5 {
		t.Fatalf("%d cases", len(cases))
	}
	for _, c := range cases {
		special := map[int32]bool{}
		for _, at := range c.Special {
			special[c.Tokens[at]] = true
		}
		at := -1
		row := Masked(c.Tokens, c.Ratio, c.Mask, func(id int32) bool { return special[id] }, func() Corruption {
			at++
			return Corruption{c.Choose[at], c.Act[at], c.Random[at]}
		})
		labels := make([]int32, len(row.Targets))
		for i, target := range row.Targets {
			if labels[i] = -100; row.Weights[i] == 1 {
				labels[i] = target
			}
			if row.Positions[i] != int32(i) || row.BlockPositions[i] != 0 || target != c.Tokens[i] {
				t.Errorf("column %d: positions %d, %d, target %d", i, row.Positions[i], row.BlockPositions[i], target)
			}
		}
		if d := cmp.Diff(c.Expected.Inputs, row.Inputs); d != "" {
			t.Errorf("inputs (-want +got):\n%s", d)
		}
		if d := cmp.Diff(c.Expected.Labels, labels); d != "" {
			t.Errorf("labels (-want +got):\n%s", d)
		}
		if row.Prefix != len(c.Tokens) {
			t.Errorf("%d of %d columns are seen by all", row.Prefix, len(c.Tokens))
		}
	}
}

// Of the tokens 15 % count; of those 80 % are masked, 10 % are another token (1 in 256 is the same by chance), 10 % stay.
func TestMaskedShares(t *testing.T) {
	s := source(t, textSpec(t, "mlm"), 1)
	mask, _ := tokenizer.Bytes{}.Special(tokenizer.Mask)
	end, _ := tokenizer.Bytes{}.Special(tokenizer.EndOfText)
	tokens, chosen, masked, same := 0, 0, 0, 0
	for step := range 60 {
		b := s.Train(step + 1)
		if diff := cmp.Diff(b.Valid, b.Prefix); diff != "" {
			t.Fatalf("not all of a row of masked tokens sees itself (-valid +prefix):\n%s", diff)
		}
		for i, weight := range b.Weights {
			tokens++
			switch {
			case weight == 0 && b.Inputs[i] != b.Targets[i]:
				t.Fatalf("token %d changed, and does not count", i)
			case weight == 0:
				continue
			case b.Targets[i] == end:
				t.Fatal("the end of a document is chosen")
			}
			chosen++
			switch b.Inputs[i] {
			case mask:
				masked++
			case b.Targets[i]:
				same++
			default:
				if tokenizer.IsSpecial(tokenizer.Bytes{}, b.Inputs[i]) {
					t.Fatalf("a random token is the special %d", b.Inputs[i])
				}
			}
		}
	}
	for _, c := range []struct {
		name string
		got  float64
		want float64
		n    int
	}{
		{"chosen", float64(chosen) / float64(tokens), .15, tokens},
		{"masked", float64(masked) / float64(chosen), .8, chosen},
		{"the same", float64(same) / float64(chosen), .1 + .1/256, chosen},
	} {
		if sd := math.Sqrt(c.want * (1 - c.want) / float64(c.n)); math.Abs(c.got-c.want) > 5*sd {
			t.Errorf("%s: %.4f, want %.4f ± %.4f", c.name, c.got, c.want, 5*sd)
		}
	}
}

// A short row in which none would be chosen is drawn again: a batch always has something to learn.
func TestMaskedRowsCount(t *testing.T) {
	spec := textSpec(t, "mlm")
	spec.Train.SequenceLength, spec.Objective.MaskRatio = 8, .05
	s := source(t, spec, 1)
	for step := range 20 {
		b := s.Train(step + 1)
		for row := range b.Rows {
			r := Row{Weights: b.Weights[row*b.Length:][:b.Length]}
			if r.weight() == 0 {
				t.Fatalf("step %d, row %d has no weight", step+1, row)
			}
		}
	}
}
