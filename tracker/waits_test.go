package tracker

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// waits collects how long calls take, to report their percentiles. It is safe for concurrent use.
type waits struct {
	b   *testing.B
	mu  sync.Mutex
	all []time.Duration
}

func newWaits(b *testing.B) *waits { return &waits{b: b} }

// time calls f and notes how long it took.
func (w *waits) time(f func()) {
	began := time.Now()
	f()
	w.add(time.Since(began))
}

// add notes what was measured elsewhere.
func (w *waits) add(took ...time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, took...)
}

// report adds percentiles in milliseconds, as p50-ms.
func (w *waits) report(percentiles ...int) { w.reportIn(time.Millisecond, "ms", percentiles...) }

// reportIn adds percentiles in a unit.
func (w *waits) reportIn(unit time.Duration, name string, percentiles ...int) {
	slices.Sort(w.all)
	for _, p := range percentiles {
		took := w.all[(len(w.all)-1)*p/100]
		w.b.ReportMetric(float64(took)/float64(unit), fmt.Sprintf("p%d-%s", p, name))
	}
}
