package reference

import (
	"testing"

	"inkstone/runner/weights"
)

// Tensors are the tensors of a file by name.
type Tensors map[string]weights.Tensor

// Read reads a safetensors file.
func Read(t testing.TB, name ...string) Tensors {
	t.Helper()
	file, err := weights.Read(Path(t, name...))
	if err != nil {
		t.Fatal(err)
	}
	return file.Tensors
}

// Has tells whether there is such a tensor.
func (f Tensors) Has(name string) bool { _, ok := f[name]; return ok }

func (f Tensors) tensor(t testing.TB, name string) weights.Tensor {
	t.Helper()
	tensor, ok := f[name]
	if !ok {
		t.Fatalf("the reference values have no %s", name)
	}
	return tensor
}

// Floats are a tensor's values, whatever its type, in row-major order.
func (f Tensors) Floats(t testing.TB, name string) []float32 {
	t.Helper()
	values, err := f.tensor(t, name).Floats()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// Ints are a tensor's values as whole numbers, which are below 2^24.
func (f Tensors) Ints(t testing.TB, name string) []int32 {
	t.Helper()
	var out []int32
	for _, v := range f.Floats(t, name) {
		out = append(out, int32(v))
	}
	return out
}

// Table is a tensor of whole numbers, cut into lists along its last axis: [B,T] gives B rows.
func (f Tensors) Table(t testing.TB, name string) [][]int32 {
	t.Helper()
	shape := f.tensor(t, name).Shape
	length := shape[len(shape)-1]
	var out [][]int32
	for flat := f.Ints(t, name); len(flat) > 0; flat = flat[length:] {
		out = append(out, flat[:length:length])
	}
	return out
}
