package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Floats converts to float32, on all cores: F32 as it is, F16 and BF16 exactly, F64 and integers to the nearest.
func (t Tensor) Floats() ([]float32, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	values := make([]float32, t.Size())
	return values, t.FloatsInto(values)
}

// FloatsInto converts as Floats does, into memory of the caller's: one value for each element.
func (t Tensor) FloatsInto(values []float32) error {
	if err := t.check(); err != nil {
		return err
	}
	convert, ok := toFloat[t.DType]
	if !ok {
		return fmt.Errorf("%s is not converted to float32", t.DType)
	}
	if len(values) != t.Size() {
		return fmt.Errorf("%d values of shape %v into memory for %d", t.Size(), t.Shape, len(values))
	}
	size := int(sizes[t.DType])
	return inPieces(len(values), func(from, to int) { convert(values[from:to], t.Data[size*from:size*to]) })
}

// piece is how many values are converted at a time: enough that handing out pieces costs nothing, and little enough that
// all cores end together.
const piece = 1 << 18

// inPieces calls work for pieces of n values, on as many cores as there are, guarded.
func inPieces(n int, work func(from, to int)) error {
	workers := min(runtime.GOMAXPROCS(0), (n+piece-1)/piece)
	var next atomic.Int64
	faults := make([]error, max(workers, 1))
	run := func(worker int) {
		faults[worker] = guard(func() {
			for {
				from := int(next.Add(piece)) - piece
				if from >= n {
					return
				}
				work(from, min(from+piece, n))
			}
		})
	}
	var wait sync.WaitGroup
	for worker := 1; worker < workers; worker++ {
		wait.Go(func() { run(worker) })
	}
	run(0)
	wait.Wait()
	return errors.Join(faults...)
}

// guard calls what reads a mapped file: where somebody cut it short, or its disk fails, the fault becomes an error instead of
// the end of the process.
func guard(read func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(interface{ Addr() uintptr }); !ok {
				panic(r)
			}
			err = errors.New("the mapped file could not be read: it was cut short meanwhile, or its disk failed")
		}
	}()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	read()
	return nil
}

// toFloat converts len(values) elements of little-endian bytes.
var toFloat = map[DType]func(values []float32, from []byte){
	F32: func(values []float32, from []byte) {
		if littleEndian {
			copy(rawBytes(values), from)
			return
		}
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(from[4*i:]))
		}
	},
	BF16: fromBF16,
	F16:  fromF16,
	F64: func(values []float32, from []byte) {
		for i := range values {
			values[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(from[8*i:])))
		}
	},
	I64:   integers(8, func(b []byte) float32 { return float32(int64(binary.LittleEndian.Uint64(b))) }),
	I32:   integers(4, func(b []byte) float32 { return float32(int32(binary.LittleEndian.Uint32(b))) }),
	"I16": integers(2, func(b []byte) float32 { return float32(int16(binary.LittleEndian.Uint16(b))) }),
	"I8":  integers(1, func(b []byte) float32 { return float32(int8(b[0])) }),
	"U64": integers(8, func(b []byte) float32 { return float32(binary.LittleEndian.Uint64(b)) }),
	"U32": integers(4, func(b []byte) float32 { return float32(binary.LittleEndian.Uint32(b)) }),
	"U16": integers(2, func(b []byte) float32 { return float32(binary.LittleEndian.Uint16(b)) }),
	U8:    integers(1, func(b []byte) float32 { return float32(b[0]) }),
	Bool:  integers(1, func(b []byte) float32 { return float32(b[0]) }),
}

func integers(size int, one func([]byte) float32) func([]float32, []byte) {
	return func(values []float32, from []byte) {
		for i := range values {
			values[i] = one(from[size*i : size*i+size])
		}
	}
}

// littleEndian tells whether this machine keeps numbers as the format does.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// rawBytes are the same memory.
func rawBytes(values []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), 4*len(values))
}
