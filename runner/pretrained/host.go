package pretrained

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"inkstone/runner/model"
)

// Value is a parameter as a float32 tensor of the host, converted without a copy between; it needs the files no longer. w may be
// of another model, which starts from this one: a parameter that is not there, or has another shape, is an error.
func (c *Checkpoint) Value(w model.Weight) (*tensors.Tensor, error) {
	t, err := c.Tensor(w.Name)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(t.Shape, w.Shape) {
		return nil, fmt.Errorf("%s: parameter %q has shape %v, and the model wants %v", c.Archive.Place(), w.Name, t.Shape, w.Shape)
	}
	value := tensors.FromShape(shapes.Make(dtypes.Float32, w.Shape...))
	var failed error
	err = tensors.MutableFlatData(value, func(flat []float32) { failed = t.FloatsInto(flat) })
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, fmt.Errorf("%s: parameter %q: %w", c.Archive.Place(), w.Name, err)
	}
	return value, nil
}
