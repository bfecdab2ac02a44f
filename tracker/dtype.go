package tracker

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/x448/float16"
)

// The values of one head as a blob, little-endian, with their CRC32C behind them:
//
//	f32, f16   the values
//	u8         for each row its least value and the distance of its levels, both f32; then a byte per value

// rowHeader is the size of what stands before the rows of u8, for each.
const rowHeader = 8

// encodeValues stores [rows, columns] values, and returns the largest distance of a stored value from the given one.
func encodeValues(values []float32, columns int, t DType) (data []byte, worst float64, err error) {
	switch t {
	case F32:
		data = make([]byte, 0, 4*len(values)+crcSize)
		for _, v := range values {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
		}
	case F16:
		data = make([]byte, 0, 2*len(values)+crcSize)
		for _, v := range values {
			h := float16.Fromfloat32(v)
			if h.IsInf(0) && !math.IsInf(float64(v), 0) {
				return nil, 0, fmt.Errorf("%w: %v is beyond the range of f16, ±65504; use f32", ErrInvalid, v)
			}
			data = binary.LittleEndian.AppendUint16(data, h.Bits())
			if off := math.Abs(float64(h.Float32()) - float64(v)); off > worst {
				worst = off
			}
		}
	case U8:
		if data, worst, err = quantise(values, columns); err != nil {
			return nil, 0, err
		}
	}
	return withChecksum(data), worst, nil
}

func quantise(values []float32, columns int) (data []byte, worst float64, err error) {
	rows := len(values) / columns
	data = make([]byte, rowHeader*rows, rowHeader*rows+len(values)+crcSize)
	for r := range rows {
		row := values[r*columns : (r+1)*columns]
		least, most := row[0], row[0]
		for _, v := range row {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return nil, 0, fmt.Errorf("%w: u8 cannot hold %v; use f16 or f32", ErrInvalid, v)
			}
			least, most = min(least, v), max(most, v)
		}
		step := float32((float64(most) - float64(least)) / 255)
		binary.LittleEndian.PutUint32(data[rowHeader*r:], math.Float32bits(least))
		binary.LittleEndian.PutUint32(data[rowHeader*r+4:], math.Float32bits(step))
		for _, v := range row {
			level := 0.0
			if step > 0 {
				level = min(math.Round((float64(v)-float64(least))/float64(step)), 255)
			}
			data = append(data, byte(level))
			worst = max(worst, math.Abs(float64(dequantise(least, step, byte(level)))-float64(v)))
		}
	}
	return data, worst, nil
}

func dequantise(least, step float32, level byte) float32 {
	return float32(float64(least) + float64(step)*float64(level))
}

// decodeValues reads what encodeValues wrote.
func decodeValues(data []byte, rows, columns int, t DType) ([]float32, error) {
	if rows <= 0 || columns <= 0 || rows > len(data) || columns > len(data) {
		return nil, fmt.Errorf("%w: %d bytes for a shape of %d×%d", ErrInvalid, len(data), rows, columns)
	}
	n, size := rows*columns, t.bytes(rows, columns)
	if size == 0 || len(data) != size+crcSize {
		return nil, fmt.Errorf("%w: %d bytes for %d values of type %q", ErrInvalid, len(data), n, t)
	}
	body, err := checked(data)
	if err != nil {
		return nil, err
	}
	values := make([]float32, n)
	for i := range values {
		switch t {
		case F32:
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[4*i:]))
		case F16:
			values[i] = float16.Frombits(binary.LittleEndian.Uint16(body[2*i:])).Float32()
		case U8:
			header := body[rowHeader*(i/columns):]
			least, step := math.Float32frombits(binary.LittleEndian.Uint32(header)), math.Float32frombits(binary.LittleEndian.Uint32(header[4:]))
			values[i] = dequantise(least, step, body[rowHeader*rows+i])
		}
	}
	return values, nil
}

// bytes is the size of [rows, columns] values without their checksum; 0 of an unknown type.
func (t DType) bytes(rows, columns int) int {
	n := rows * columns
	return map[DType]int{F32: 4 * n, F16: 2 * n, U8: rowHeader*rows + n}[t]
}

// encodeEdges stores a histogram's edges; nil for none.
func encodeEdges(edges []float64) []byte {
	if len(edges) == 0 {
		return nil
	}
	var data []byte
	for _, e := range edges {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(e))
	}
	return withChecksum(data)
}

func decodeEdges(data []byte) ([]float64, error) {
	body, err := checked(data)
	if err != nil {
		return nil, fmt.Errorf("the edges of a histogram: %w", err)
	}
	if len(body)%8 != 0 {
		return nil, fmt.Errorf("%w: the edges of a histogram have %d bytes", ErrInvalid, len(body))
	}
	edges := make([]float64, len(body)/8)
	for i := range edges {
		edges[i] = math.Float64frombits(binary.LittleEndian.Uint64(body[8*i:]))
	}
	return edges, nil
}
