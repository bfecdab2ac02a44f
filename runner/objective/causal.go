package objective

// Causal builds a row that predicts each next token; predictions of tokens from scoreFrom on count. Targets are aligned:
// the row is one shorter than its tokens.
func Causal(tokens []int32, scoreFrom int) Row {
	var row Row
	for i := range len(tokens) - 1 {
		weight := float32(0)
		if i+1 >= scoreFrom {
			weight = 1
		}
		row.add(tokens[i], tokens[i+1], weight, i, 0)
	}
	return row
}
