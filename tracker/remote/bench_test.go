package remote_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"inkstone/tracker"
	"inkstone/tracker/remote"
)

// BenchmarkAppend lets goroutines append batches, each acknowledged, to a journal whose server takes none of them: a server on
// the same disk would take turns with it.
func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct {
		writers, size int
		within        time.Duration
	}{{32, 1, 0}, {32, 1, 50 * time.Millisecond}, {1, 100, 0}, {1, 1000, 0}} {
		b.Run(fmt.Sprintf("%dx%d-within-%v", c.writers, c.size, c.within), func(b *testing.B) {
			bench := newBench(b, refuseBatches)
			client := bench.open(remote.Config{SyncWithin: c.within})
			attempts := make([]*remote.Attempt, c.writers)
			for i := range attempts {
				attempts[i] = bench.begin(client)
			}
			var next atomic.Int64
			var mu sync.Mutex
			var waits []time.Duration
			b.SetParallelism(max(c.writers/runtime.GOMAXPROCS(0), 1))
			work := func(more func() bool) {
				a := attempts[next.Add(1)-1]
				own := appendWhile(b, a, c.size, more)
				mu.Lock()
				defer mu.Unlock()
				waits = append(waits, own...)
			}
			b.ResetTimer()
			if c.writers == 1 {
				work(b.Loop)
			} else {
				b.RunParallel(func(pb *testing.PB) { work(pb.Next) })
			}
			b.StopTimer()
			b.ReportMetric(float64(len(waits)*c.size)/b.Elapsed().Seconds(), "points/s")
			slices.Sort(waits)
			b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "ms-p50")
			b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "ms-p99")
		})
	}
}

func refuseBatches(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/batches") {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// appendWhile appends batches, and tells how long each took.
func appendWhile(b *testing.B, a *remote.Attempt, size int, more func() bool) (waits []time.Duration) {
	samples := manySamples(size)
	for sequence := int64(1); more(); sequence++ {
		began := time.Now()
		if err := a.Sink().Append(context.Background(), tracker.Batch{Run: a.Run(), Attempt: a.Number(), Sequence: sequence, Samples: samples}); err != nil {
			b.Error(err)
			return waits
		}
		waits = append(waits, time.Since(began))
	}
	return waits
}

func manySamples(n int) []tracker.Sample {
	list := make([]tracker.Sample, n)
	for i := range list {
		list[i] = tracker.Sample{Metric: []string{"train/loss", "train/grad_norm"}[i%2], Step: int64(i / 2), Time: time.UnixMicro(1_700_000_000_000_000 + int64(i)), Value: float64(i) / 7}
	}
	return list
}

// BenchmarkDelivery measures from the first append until the server on the same machine has all on its disk.
func BenchmarkDelivery(b *testing.B) {
	for _, size := range []int{100, 1000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			bench := newBench(b, nil)
			client := bench.open(remote.Config{})
			waits := appendWhile(b, bench.begin(client), size, b.Loop)
			began := time.Now()
			bench.must(client.Flush(context.Background()))
			took := b.Elapsed() + time.Since(began)
			b.ReportMetric(float64(len(waits)*size)/took.Seconds(), "points/s")
		})
	}
}
