package tracker

import (
	"context"
	"math/rand/v2"
	"testing"
)

// BenchmarkCapture reads from an attention capture of 24 layers, 32 heads, 512 queries and 512 keys in f16, which is 400 MB:
// one head after the other, and the thumbnails of all.
func BenchmarkCapture(b *testing.B) {
	const layers, heads, side = 24, 32, 512
	s := newStore(b, Options{})
	id := causal(b, s, layers, heads, side)
	b.Run("head", func(b *testing.B) {
		waits, i := newWaits(b), 0
		for b.Loop() {
			i += 7
			waits.time(func() {
				if _, values, err := s.CaptureHead(context.Background(), id, i%layers, i%heads); err != nil || len(values) != side*side {
					b.Fatal(len(values), err)
				}
			})
		}
		waits.report(50, 95)
	})
	b.Run("thumbnails", func(b *testing.B) {
		waits := newWaits(b)
		for b.Loop() {
			waits.time(func() {
				if t, err := s.CaptureThumbnails(context.Background(), id); err != nil || len(t.Cells) != layers*heads*thumbnailSide*thumbnailSide {
					b.Fatal(len(t.Cells), err)
				}
			})
		}
		waits.report(50, 95)
	})
}

// causal captures attention of random weights that look back, and returns the capture.
func causal(b *testing.B, s *Store, layers, heads, side int) int64 {
	a := begin(b, s, addRun(b, s, "e", "baseline", 1, "d").ID, nil)
	c := Capture{Name: "attention", Layers: layers, Heads: heads, Queries: side, Keys: side, Tokens: make([]string, side), DType: F16, Values: make([]float32, layers*heads*side*side)}
	random := rand.New(rand.NewPCG(5, 6))
	for row := range layers * heads * side {
		seen := row%side + 1
		for k := range seen {
			c.Values[row*side+k] = 2 * random.Float32() / float32(seen)
		}
	}
	if err := a.Capture(context.Background(), c, 0); err != nil {
		b.Fatal(err)
	}
	captures, err := s.Captures(context.Background(), a.run)
	if err != nil || len(captures) != 1 {
		b.Fatal(len(captures), err)
	}
	return captures[0].ID
}
