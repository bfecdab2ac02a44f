package objective

import "inkstone/runner/tokenizer"

// Prompt is one row of a text for attention maps, with the texts of its tokens. Where the objective is not causal the whole
// text sees itself in both directions.
func (s *Source) Prompt(text string) (Batch, []string, error) {
	ids, err := s.prepared.Prompt(text, s.Length())
	if err != nil {
		return Batch{}, nil, err
	}
	b := s.empty()
	b.Length = len(ids)
	b.append(promptRow(ids, s.infilling != nil || s.masking != nil))
	return b, tokenizer.Texts(s.prepared.Tokenizer, ids), nil
}

func promptRow(ids []int32, bidirectional bool) Row {
	var r Row
	for i, id := range ids {
		r.add(id, id, 0, i, 0)
	}
	if bidirectional {
		r.Prefix = len(ids)
	}
	return r
}
