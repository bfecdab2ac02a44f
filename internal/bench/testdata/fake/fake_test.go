// Package fake has benchmarks that a test runs.
package fake

import (
	"testing"
	"time"
)

func BenchmarkQuick(b *testing.B) {
	for _, name := range []string{"one", "two"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
			}
			b.ReportMetric(float64(len(name)), "letters")
			b.ReportMetric(7.5, "p99-ms")
		})
	}
}

func BenchmarkFails(b *testing.B) { b.Fatal("it was to fail") }

// BenchmarkSlow never ends by itself.
func BenchmarkSlow(b *testing.B) {
	for range b.N {
		time.Sleep(time.Hour)
	}
}
