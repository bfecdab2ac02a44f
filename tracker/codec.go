package tracker

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// crcSize is the length of a checksum.
const crcSize = 4

// withChecksum appends the CRC32C of all before it.
func withChecksum(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// checked returns what stands before the checksum, if that holds.
func checked(p []byte) ([]byte, error) {
	if len(p) < crcSize {
		return nil, fmt.Errorf("%w: %d bytes are too few", ErrInvalid, len(p))
	}
	body, stored := p[:len(p)-crcSize], binary.LittleEndian.Uint32(p[len(p)-crcSize:])
	if got := crc32.Checksum(body, castagnoli); got != stored {
		return nil, fmt.Errorf("%w: checksum %08x, stored as %08x", ErrInvalid, got, stored)
	}
	return body, nil
}

// decoder reads foreign bytes; after the first error it returns zeros.
type decoder struct {
	rest []byte
	err  error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
	}
	d.rest = nil
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.fail("a number is cut off")
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.rest)
	if n <= 0 {
		d.fail("a number is cut off")
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.fail("%d bytes announced, %d there", n, len(d.rest))
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

// count reads how many things follow, each of at least size bytes.
func (d *decoder) count(size int, what string) int {
	n := d.uvarint()
	if n > uint64(len(d.rest)/size) {
		d.fail("%d %s announced, %d bytes there", n, what, len(d.rest))
		return 0
	}
	return int(n)
}

// appendDeltas writes numbers as the differences of their differences, in a common unit: what grows evenly is zeros.
func appendDeltas(out []byte, values []int64) []byte {
	unit := uint64(0)
	for i := 1; i < len(values); i++ {
		unit = gcd(unit, magnitude(values[i]-values[i-1]))
	}
	if unit == 0 || unit > math.MaxInt64 {
		unit = 1
	}
	out = binary.AppendUvarint(out, unit)
	var last, step int64
	for i, v := range values {
		if i == 0 {
			out = binary.AppendVarint(out, v)
		} else {
			next := (v - last) / int64(unit)
			out = binary.AppendVarint(out, next-step)
			step = next
		}
		last = v
	}
	return out
}

func (d *decoder) deltas(n int) []int64 {
	unit := int64(d.uvarint())
	if n > len(d.rest) {
		d.fail("%d numbers announced, %d bytes there", n, len(d.rest))
		return nil
	}
	values := make([]int64, n)
	var last, step int64
	for i := range values {
		if i == 0 {
			last = d.varint()
		} else {
			step += d.varint()
			last += step * unit
		}
		values[i] = last
	}
	return values
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// appendPlanes writes numbers as planes: the first bytes of all, the second of all …; equal exponents stand together.
func appendPlanes(out []byte, values []float64) []byte {
	at := len(out)
	out = append(out, make([]byte, 8*len(values))...)
	for i, v := range values {
		bits := math.Float64bits(v)
		for plane := range 8 {
			out[at+plane*len(values)+i] = byte(bits >> (56 - 8*plane))
		}
	}
	return out
}

func (d *decoder) planes(n int) []float64 {
	if n > len(d.rest)/8 {
		d.fail("%d values announced, %d bytes there", n, len(d.rest))
		return nil
	}
	planes := d.bytes(uint64(8 * n))
	bits := make([]uint64, n)
	for plane := range 8 {
		row := planes[plane*n : (plane+1)*n]
		shift := 56 - 8*plane
		for i, b := range row {
			bits[i] |= uint64(b) << shift
		}
	}
	values := make([]float64, n)
	for i, b := range bits {
		values[i] = math.Float64frombits(b)
	}
	return values
}
