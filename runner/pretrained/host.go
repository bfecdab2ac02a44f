package pretrained

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"inkstone/runner/model"
	"inkstone/runner/weights"
)

// Value is a parameter as a float32 tensor of the host, converted without a copy between; it needs the files no longer. w may be
// of another model, which starts from this one: a parameter that is not there, or has another shape, is an error.
func (c *Checkpoint) Value(w model.Weight) (*tensors.Tensor, error) {
	t, err := c.parameter(w)
	if err != nil {
		return nil, err
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

// Floats are a parameter's values in row-major order, under the same conditions as Value.
func (c *Checkpoint) Floats(w model.Weight) ([]float32, error) {
	t, err := c.parameter(w)
	if err != nil {
		return nil, err
	}
	values, err := t.Floats()
	if err != nil {
		return nil, fmt.Errorf("%s: parameter %q: %w", c.Archive.Place(), w.Name, err)
	}
	return values, nil
}

// parameter is a tensor in the shape that a model wants.
func (c *Checkpoint) parameter(w model.Weight) (weights.Tensor, error) {
	t, err := c.Tensor(w.Name)
	if err == nil && !slices.Equal(t.Shape, w.Shape) {
		err = fmt.Errorf("%s: parameter %q has shape %v, and the model wants %v", c.Archive.Place(), w.Name, t.Shape, w.Shape)
	}
	return t, err
}
