package tracker

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"
)

// The decoders of batches and chunks have their targets beside their tests, FuzzPayload and FuzzChunk.

// FuzzValues feeds foreign bytes with a right checksum to the decoder of heads, for any shape.
func FuzzValues(f *testing.F) {
	values := []float32{0, 1, .5, -1, 1e-3, 3}
	for i, t := range dtypes {
		data, _, err := encodeValues(values, 3, t)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:len(data)-crcSize], 2, 3, byte(i))
	}
	f.Add([]byte{1, 2, 3, 4}, -2, -20, byte(2))
	f.Add([]byte{1, 2, 3, 4}, math.MaxInt, 2, byte(0))
	f.Fuzz(func(t *testing.T, body []byte, rows, columns int, kind byte) {
		dtype := dtypes[int(kind)%len(dtypes)]
		got, err := decodeValues(withChecksum(slices.Clone(body)), rows, columns, dtype)
		switch {
		case err != nil && (!errors.Is(err, ErrInvalid) || got != nil):
			t.Errorf("got %d values and %v", len(got), err)
		case err == nil && (rows <= 0 || len(got) != rows*columns || len(got) > len(body)):
			t.Errorf("got %d values of %d bytes for %d×%d", len(got), len(body), rows, columns)
		case err == nil && dtype == F32:
			if again, _, err := encodeValues(got, columns, F32); err != nil || !bytes.Equal(again[:len(body)], body) {
				t.Errorf("encoded again it is %x, %v; want %x", again, err, body)
			}
		}
	})
}

var dtypes = []DType{F32, F16, U8, "f8"}

// FuzzThumbnails asks for every picture that the shape promises.
func FuzzThumbnails(f *testing.F) {
	c := attention(1, 2, 3, 40)
	c.Kind = Attention
	blob := c.thumbnails()
	f.Add(blob[:len(blob)-crcSize], 2, 3, 40, 40)
	f.Add([]byte{1, 2, 3, 4}, -2, -2, 1, 1)
	f.Add([]byte{}, 0, 1, 1, 1)
	f.Add([]byte{1}, math.MaxInt, 3, 1, 1)
	f.Fuzz(func(t *testing.T, body []byte, layers, heads, queries, keys int) {
		got, err := CaptureInfo{Layers: layers, Heads: heads, Queries: queries, Keys: keys}.decodeThumbnails(withChecksum(slices.Clone(body)))
		if err != nil {
			if !errors.Is(err, ErrInvalid) || got.Cells != nil {
				t.Errorf("got %d bytes and %v", len(got.Cells), err)
			}
			return
		}
		var all []byte
		for layer := range layers {
			for head := range heads {
				all = append(all, got.Head(layer, head)...)
			}
		}
		if !bytes.Equal(all, body) {
			t.Errorf("the pictures are %x, want %x", all, body)
		}
	})
}

// FuzzEdges feeds foreign bytes, with a right checksum and without one.
func FuzzEdges(f *testing.F) {
	whole := encodeEdges([]float64{-1, 0, .5, math.Inf(1)})
	f.Add(whole)
	f.Add(whole[:len(whole)-crcSize])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := decodeEdges(body); err != nil && !errors.Is(err, ErrInvalid) {
			t.Error(err)
		}
		got, err := decodeEdges(withChecksum(slices.Clone(body)))
		if (err == nil) != (len(body)%8 == 0) || err != nil && !errors.Is(err, ErrInvalid) {
			t.Fatalf("%d bytes: %v", len(body), err)
		}
		if len(got) > 0 && !bytes.Equal(encodeEdges(got), withChecksum(slices.Clone(body))) {
			t.Errorf("encoded again, %v is not %x", got, body)
		}
	})
}
