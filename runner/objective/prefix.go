package objective

// PrefixSplit builds the row of the document-level task that writes a text's end (arXiv 2103.10360, section 2.2, as the
// published code does it): part A is the text before the division and a mask, part B the rest behind a start token. The targets
// end with the text's own last token. All of part B lies at the mask's position, and counts from 1 in the second one.
func PrefixSplit(tokens []int32, division int, s Specials) Row {
	var row Row
	for i, t := range tokens[:division] {
		row.add(t, t, 0, i, 0)
	}
	row.add(s.Mask, s.Mask, 0, division, 0)
	row.Prefix = division + 1
	input := s.StartOfPiece
	for i, t := range tokens[division:] {
		row.add(input, t, 1, division, i+1)
		input = t
	}
	return row
}
