package objective

// Row is one sequence of a batch.
type Row struct {
	Inputs, Targets           []int32
	Weights                   []float32
	Positions, BlockPositions []int32
	// Documents are the ids of packed documents, from 1; nil where the row is not packed.
	Documents []int32
	// Prefix is the length of part A, which every row of the attention sees.
	Prefix int
	// Task names what a row of infilling trains.
	Task string
}

func (r *Row) add(input, target int32, weight float32, position, block int) {
	r.Inputs, r.Targets, r.Weights = append(r.Inputs, input), append(r.Targets, target), append(r.Weights, weight)
	r.Positions, r.BlockPositions = append(r.Positions, int32(position)), append(r.BlockPositions, int32(block))
}

// pack appends a row of one document, which the others of the row do not see. Of a row whose documents see all of themselves
// everything is part A.
func (r *Row) pack(document Row, id int32) {
	r.Inputs, r.Targets, r.Weights = append(r.Inputs, document.Inputs...), append(r.Targets, document.Targets...), append(r.Weights, document.Weights...)
	r.Positions, r.BlockPositions = append(r.Positions, document.Positions...), append(r.BlockPositions, document.BlockPositions...)
	r.Prefix += document.Prefix
	for range document.Inputs {
		r.Documents = append(r.Documents, id)
	}
}

// weight is the sum of the row's weights.
func (r *Row) weight() float32 {
	var sum float32
	for _, w := range r.Weights {
		sum += w
	}
	return sum
}
