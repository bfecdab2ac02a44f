package weights

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkLoad opens a file of 1 GiB and converts all of it to float32, in alternation with reading the same file into a new
// buffer of its size; x-of-read is the ratio of the two times. The file is in the system's cache for both. Of BF16, twice as
// much memory is filled as is read.
func BenchmarkLoad(b *testing.B) {
	for _, d := range []DType{F32, BF16} {
		b.Run(string(d), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "model.safetensors")
			writeLarge(b, path, d)
			var reading, loading time.Duration
			for b.Loop() {
				reading += timed(func() { readWhole(b, path) })
				loading += timed(func() { loadWhole(b, path) })
			}
			b.ReportMetric(1/loading.Seconds()*float64(b.N), "GiB/s")
			b.ReportMetric(loading.Seconds()/reading.Seconds(), "x-of-read")
		})
	}
}

// writeLarge writes 64 tensors of 16 MiB.
func writeLarge(b *testing.B, path string, d DType) {
	rows := 16 << 20 / (4096 * int(sizes[d]))
	one, err := Float32([]int{rows, 4096}, make([]float32, rows*4096)).As(d)
	if err != nil {
		b.Fatal(err)
	}
	all := map[string]Lazy{}
	for i := range 64 {
		all[fmt.Sprintf("layer.%d", i)] = one.Now()
	}
	if _, err := WriteLazy(path, all, nil); err != nil {
		b.Fatal(err)
	}
}

func timed(work func()) time.Duration {
	began := time.Now()
	work()
	return time.Since(began)
}

func readWhole(b *testing.B, path string) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		_, err = io.ReadFull(f, make([]byte, info.Size()))
	}
	if err != nil {
		b.Fatal(err)
	}
}

func loadWhole(b *testing.B, path string) {
	a, err := Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	all := map[string][]float32{}
	for _, name := range a.Names() {
		t, err := a.Tensor(name)
		if err == nil {
			all[name], err = t.Floats()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
