package tracker

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// waits collects how long calls take, to report their percentiles.
type waits struct {
	b   *testing.B
	mu  sync.Mutex
	all []time.Duration
}

func newWaits(b *testing.B) *waits { return &waits{b: b} }

func (w *waits) time(f func()) {
	began := time.Now()
	f()
	took := time.Since(began)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, took)
}

// report adds percentiles in milliseconds.
func (w *waits) report(percentiles ...int) {
	slices.Sort(w.all)
	for _, p := range percentiles {
		w.b.ReportMetric(float64(w.all[(len(w.all)-1)*p/100].Microseconds())/1e3, fmt.Sprintf("p%d-ms", p))
	}
}
