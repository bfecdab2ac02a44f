package objective

import (
	"inkstone/experiments"
	"inkstone/runner/data"
)

// packings plans the rows of both sides.
func packings(p *data.Prepared, spec experiments.Spec) (map[data.Side]*data.Packing, error) {
	if spec.Data.Packing != "documents" {
		return nil, nil
	}
	sides := map[data.Side]*data.Packing{}
	for _, side := range []data.Side{data.Train, data.Validation} {
		var err error
		if sides[side], err = p.Pack(side, spec.Train.SequenceLength, data.Overlap(spec)); err != nil {
			return nil, err
		}
	}
	return sides, nil
}

// packed is a row of whole documents, each as if it were alone: its positions begin at 0, and no prediction reaches over its end.
// Where masks are drawn, and no token of the row was chosen, they are drawn again.
func (s *Source) packed(k key) Row {
	index := int64(max(k.step-1, 0))*int64(s.spec.Train.GlobalBatchSize) + int64(k.row)
	documents, random := s.packings[k.side].Row(k.seed, index), k.random(maskDraw)
	for try := 0; ; try++ {
		var row Row
		for i, tokens := range documents {
			if s.masking != nil {
				row.pack(s.masking.row(random, tokens), int32(i+1))
			} else {
				row.pack(Causal(tokens, 1), int32(i+1))
			}
		}
		if s.masking == nil || row.weight() > 0 || try == maxWindows {
			return row
		}
	}
}
