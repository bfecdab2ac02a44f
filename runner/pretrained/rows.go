package pretrained

import (
	"fmt"
	"slices"

	"inkstone/runner/weights"
)

// rows selects rows of a fused tensor: blocks of length rows each, the first block at row first and each further one stride
// rows on, or back where it is negative. The zero value selects a whole tensor.
type rows struct {
	first, length, stride, blocks int
	of                            int // rows of the fused tensor
}

func (r rows) whole() bool { return r.of == 0 }

// resized is a shape with another number of rows.
func resized(shape []int, n int) []int {
	shape = slices.Clone(shape)
	shape[0] = n
	return shape
}

// take returns the selected rows of a fused tensor: without a copy where they lie together.
func (r rows) take(fused weights.Tensor) (weights.Tensor, error) {
	if r.whole() {
		return fused, nil
	}
	if len(fused.Shape) == 0 || fused.Shape[0] != r.of {
		return fused, fmt.Errorf("it has shape %v, and this model means %d rows", fused.Shape, r.of)
	}
	row := len(fused.Data) / r.of
	part := weights.Tensor{DType: fused.DType, Shape: resized(fused.Shape, r.blocks*r.length)}
	if r.blocks == 1 {
		part.Data = fused.Data[r.first*row : (r.first+r.length)*row]
		return part, nil
	}
	part.Data = make([]byte, 0, r.blocks*r.length*row)
	for i := range r.blocks {
		at := (r.first + i*r.stride) * row
		part.Data = append(part.Data, fused.Data[at:at+r.length*row]...)
	}
	return part, nil
}

// put writes a part to its rows of a fused tensor, whose shape is that of the part but for the rows.
func (r rows) put(fused, part weights.Tensor) error {
	if len(part.Shape) == 0 || part.Shape[0] != r.blocks*r.length {
		return fmt.Errorf("it has shape %v, want %d rows", part.Shape, r.blocks*r.length)
	}
	row := len(fused.Data) / r.of
	for i := range r.blocks {
		copy(fused.Data[(r.first+i*r.stride)*row:], part.Data[i*r.length*row:(i+1)*r.length*row])
	}
	return nil
}

// projections are the rows of the query, key and value in a fused projection: one after the other, or, as ChatGLM-6B stores
// them, head by head, a query, a key and a value each. The latter has as many keys as queries.
func projections(heads, groups, width int, perHead bool) (q, k, v rows) {
	if perHead {
		of := 3 * heads * width
		at := func(i int) rows {
			return rows{first: i * width, length: width, stride: 3 * width, blocks: heads, of: of}
		}
		return at(0), at(1), at(2)
	}
	query, key := heads*width, groups*width
	at := func(first, length int) rows { return rows{first: first, length: length, blocks: 1, of: query + 2*key} }
	return at(0, query), at(query, key), at(query+key, key)
}

// swapped are both halves of an MLP's first projection, the second one first: GLM-130B, the only one of the family with GEGLU,
// has the gate behind what it gates.
func swapped(width int) rows {
	return rows{first: width, length: width, stride: -width, blocks: 2, of: 2 * width}
}
