package notebooks

import (
	"context"
	"testing"
)

// BenchmarkTable computes the table of four variants with five seeds from a store on disk.
func BenchmarkTable(b *testing.B) {
	s := fill(b, source())
	for b.Loop() {
		if _, err := Table(context.Background(), s, "study", ""); err != nil {
			b.Fatal(err)
		}
	}
}
