package viz

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"
)

// BenchmarkFigure reads and draws figures as a page asks for them: fifty runs of 2,000 points, ten variants of five seeds along
// the time, and runs of many more points than pixels. It reports the median in milliseconds.
func BenchmarkFigure(b *testing.B) {
	long := study{variants: []string{"baseline", "other"}, seeds: 2, steps: 299_999, every: 1, value: func(v int, seed, step int64) (float64, bool) {
		return math.Sin(float64(step)/5000) + float64(v) + 0.01*float64(seed), true
	}}
	for _, c := range []struct {
		name    string
		study   study
		request Request
	}{
		{"50x2000", many(50, 1, 2000), Request{Kind: "curves"}},
		{"50x2000-differences", many(50, 1, 2000), Request{Kind: "difference"}},
		{"10x5x1000-time", many(10, 5, 1000), Request{Kind: "curves", X: "time"}},
		{"50x2000-smooth", many(50, 1, 2000), Request{Kind: "curves", Smooth: "gaussian:20"}},
		{"4x300000", long, Request{Kind: "curves"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := fill(b, c.study)
			folding, end := context.WithTimeout(b.Context(), 200*time.Millisecond)
			check(b, s.Maintain(folding)) // an owner that ends folds everything
			end()
			c.request.Experiment, c.request.Metric = "study", loss
			var all []time.Duration
			for b.Loop() {
				began := time.Now()
				f, err := c.request.Draw(b.Context(), s)
				check(b, err)
				b.ReportMetric(float64(len(bytesOf(b, f, "svg"))), "svg-bytes")
				all = append(all, time.Since(began))
			}
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)/2])/1e6, "p50-ms")
		})
	}
}
