package weights

import (
	"encoding/binary"
	"fmt"
	"math"
)

// fromBF16 widens: a bfloat16 is the upper half of a float32.
func fromBF16(values []float32, from []byte) {
	from = from[:2*len(values)]
	for len(values) >= 4 { // four at a time, from one word
		w := binary.LittleEndian.Uint64(from)
		values[0] = math.Float32frombits(uint32(w) << 16)
		values[1] = math.Float32frombits(uint32(w) & 0xffff0000)
		values[2] = math.Float32frombits(uint32(w>>32) << 16)
		values[3] = math.Float32frombits(uint32(w>>32) & 0xffff0000)
		values, from = values[4:], from[8:]
	}
	for i := range values {
		values[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(from[2*i:])) << 16)
	}
}

func fromF16(values []float32, from []byte) {
	from = from[:2*len(values)]
	for i := range values {
		values[i] = halfToFloat(binary.LittleEndian.Uint16(from[2*i:]))
	}
}

// halfToFloat widens an IEEE half. Its exponent and fraction, moved to their places in a float32, are a number too small by
// the difference of the two biases, 2^112; multiplying makes up for it exactly, for subnormals as well.
func halfToFloat(h uint16) float32 {
	const infinity = 0x7c00
	magnitude := uint32(h & 0x7fff)
	sign := uint32(h&0x8000) << 16
	if magnitude >= infinity {
		return math.Float32frombits(sign | 0x7f800000 | magnitude<<13&0x7fffff)
	}
	scaled := math.Float32frombits(magnitude<<13) * 0x1p112
	return math.Float32frombits(sign | math.Float32bits(scaled))
}

// As converts to F32, F16 or BF16, rounding to the nearest, ties to even. A finite value that the type cannot hold is an
// error. Of a tensor that has the type already, it returns the same bytes.
func (t Tensor) As(d DType) (Tensor, error) {
	if t.DType == d {
		return t, t.check()
	}
	narrow, ok := fromFloat[d]
	if !ok {
		return t, fmt.Errorf("%s to %s: want F32, F16 or BF16", t.DType, d)
	}
	values, err := t.Floats()
	if err != nil {
		return t, err
	}
	to := Tensor{d, t.Shape, make([]byte, len(values)*int(sizes[d]))}
	size := int(sizes[d])
	if err := inPieces(len(values), func(from, end int) { narrow(to.Data[size*from:size*end], values[from:end]) }); err != nil {
		return t, err
	}
	return to, overflow(to, values)
}

// fromFloat converts values to little-endian bytes.
var fromFloat = map[DType]func(to []byte, values []float32){
	F32: func(to []byte, values []float32) {
		for i, v := range values {
			binary.LittleEndian.PutUint32(to[4*i:], math.Float32bits(v))
		}
	},
	F16: func(to []byte, values []float32) {
		for i, v := range values {
			binary.LittleEndian.PutUint16(to[2*i:], floatToHalf(v))
		}
	},
	BF16: func(to []byte, values []float32) {
		for i, v := range values {
			binary.LittleEndian.PutUint16(to[2*i:], floatToBF16(v))
		}
	},
}

func floatToBF16(v float32) uint16 {
	b := math.Float32bits(v)
	if v != v {
		return uint16(b>>16) | 0x40 // stays a NaN where its payload is cut off
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}

// floatToHalf rounds to an IEEE half: by adding, for normal halves to the bits, for subnormal ones a number whose last place
// is theirs, which lets the processor round.
func floatToHalf(v float32) uint16 {
	b := math.Float32bits(v)
	sign, magnitude := uint16(b>>16&0x8000), b&0x7fffffff
	switch {
	case magnitude > 0x7f800000: // NaN
		return sign | 0x7e00 | uint16(magnitude>>13&0x3ff)
	case magnitude >= 0x477ff000: // 65520, which rounds beyond the largest half
		return sign | 0x7c00
	case magnitude < 0x38800000: // 2^-14, the smallest normal half
		return sign | uint16(math.Float32bits(math.Float32frombits(magnitude)+0.5)-0x3f000000)
	}
	return sign | uint16((magnitude-112<<23+0xfff+magnitude>>13&1)>>13)
}

// overflow is an error where a finite value became infinite.
func overflow(t Tensor, values []float32) error {
	infinite := map[DType]uint16{F16: 0x7c00, BF16: 0x7f80}[t.DType]
	if infinite == 0 {
		return nil
	}
	for i, v := range values {
		if binary.LittleEndian.Uint16(t.Data[2*i:])&0x7fff == infinite && !math.IsInf(float64(v), 0) {
			return fmt.Errorf("value %d, %v, is beyond what %s can hold", i, v, t.DType)
		}
	}
	return nil
}
