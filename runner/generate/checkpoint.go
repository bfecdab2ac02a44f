package generate

import (
	"fmt"
	"slices"

	"inkstone/runner/model"
	"inkstone/runner/weights"
)

// Checkpoint reads a safetensors file under the model's own names; the result serves as Config.Values.
func Checkpoint(path string) (func(model.Weight) ([]float32, error), error) {
	file, err := weights.ReadVerified(path)
	if err != nil {
		return nil, fmt.Errorf("read the weights: %w", err)
	}
	return func(w model.Weight) ([]float32, error) {
		tensor, ok := file.Tensors[w.Name]
		if !ok {
			return nil, fmt.Errorf("%s has no %s", path, w.Name)
		}
		if !slices.Equal(tensor.Shape, w.Shape) {
			return nil, fmt.Errorf("%s: %s has shape %v, the model needs %v", path, w.Name, tensor.Shape, w.Shape)
		}
		return tensor.Float32s()
	}, nil
}
