package weights

import (
	"fmt"
	"math"
	"math/bits"
)

// DType is an element type as the format spells it.
type DType string

// The types that callers convert; the reader and writer know all of the format's, as raw bytes.
const (
	F64  DType = "F64"
	F32  DType = "F32"
	F16  DType = "F16"
	BF16 DType = "BF16"
	I64  DType = "I64"
	I32  DType = "I32"
	U8   DType = "U8"
	Bool DType = "BOOL"
)

// sizes are the bytes of one element.
var sizes = map[DType]uint64{
	F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, U8: 1, Bool: 1,
	"I16": 2, "I8": 1, "U64": 8, "U32": 4, "U16": 2, "C64": 8, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1,
}

// Tensor is an array in row-major order; a scalar has no dimensions.
type Tensor struct {
	DType DType
	Shape []int
	Data  []byte // little endian
}

// Size is the number of elements.
func (t Tensor) Size() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Float32 makes an F32 tensor; the product of shape is the number of values.
func Float32(shape []int, values []float32) Tensor {
	data := make([]byte, 4*len(values))
	fromFloat[F32](data, values)
	return Tensor{F32, shape, data}
}

// Float32s returns the values of an F32 tensor; Floats converts the others, too.
func (t Tensor) Float32s() ([]float32, error) {
	if t.DType != F32 {
		return nil, fmt.Errorf("the tensor holds %s, not %s", t.DType, F32)
	}
	return t.Floats()
}

// check asks that type, shape and bytes agree.
func (t Tensor) check() error {
	want, err := Lazy{DType: t.DType, Shape: t.Shape}.size()
	if err == nil && want != uint64(len(t.Data)) {
		err = fmt.Errorf("%s of shape %v takes %d bytes, not %d", t.DType, t.Shape, want, len(t.Data))
	}
	return err
}

// byteSize is the bytes of a tensor. It refuses what overflows on the way, even where a later dimension is 0.
func byteSize(d DType, shape []uint64) (uint64, error) {
	n, ok := sizes[d]
	if !ok {
		return 0, fmt.Errorf("unknown dtype %q", d)
	}
	for _, dim := range shape {
		var high uint64
		if high, n = bits.Mul64(n, dim); high != 0 || dim > math.MaxInt {
			return 0, fmt.Errorf("shape %v is too large", shape)
		}
	}
	return n, nil
}
