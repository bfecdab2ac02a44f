package tracker

import (
	"context"
	"testing"
	"time"
)

// opened is what a process finds that opens a store and reads a page of its runs.
type opened struct {
	Open, Page time.Duration
	Resident   int64 // bytes
	Runs       int
}

// BenchmarkOpen lets fresh processes open a store of 100,000 runs and 100 million points, and read the newest 50 runs. The
// store's pages are in the memory of the system, since it was just written.
func BenchmarkOpen(b *testing.B) {
	if _, err := memory("VmRSS"); err != nil {
		b.Skip(err)
	}
	s := newStore(b, Options{})
	manyRuns(b, s, 100_000)
	manyPoints(b, s, seriesWhere(b, s, "name = 'metric/01' ORDER BY id LIMIT 1000"), 100_000)
	if err := s.maintain(b.Context(), 0); err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("100000-runs", func(b *testing.B) {
		both, opening := newWaits(b), newWaits(b)
		largest := int64(0)
		for b.Loop() {
			var found opened
			startHelper(b, "open", s.dir).answer(&found)
			if found.Runs != 50 {
				b.Fatalf("%d runs on the page", found.Runs)
			}
			both.add(found.Open + found.Page)
			opening.add(found.Open)
			largest = max(largest, found.Resident)
		}
		b.ReportMetric(0, "ns/op") // starting a process is the most of it
		both.report(50)
		opening.reportIn(time.Millisecond, "open-ms", 50)
		b.ReportMetric(float64(largest)/1e6, "RSS-MB")
	})
}

func openForBench(dir string) (any, error) {
	var o opened
	began := time.Now()
	s, err := Open(dir, Options{})
	if err != nil {
		return nil, err
	}
	o.Open = time.Since(began)
	began = time.Now()
	page, err := s.Query(context.Background(), Query{Limit: 50})
	if err != nil {
		return nil, err
	}
	o.Page, o.Runs = time.Since(began), len(page.Runs)
	o.Resident, err = memory("VmRSS")
	return o, err
}
