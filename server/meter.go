package server

import (
	"context"
	"sync"
	"time"

	"inkstone/tracker"
)

const (
	// measuredFor is how long a measurement of the store serves.
	measuredFor = 15 * time.Second
	// patience is how long a page waits for a measurement before it shows the one before.
	patience = 300 * time.Millisecond
)

// meter measures the store, at most one measurement at a time: in a large one that takes seconds.
type meter struct {
	store *tracker.Store

	mu       sync.Mutex
	measured measurement
	done     chan struct{} // closed at the end of the measurement that is under way; nil while none is
	stop     context.CancelFunc
}

// measurement is what the store took at a time.
type measurement struct {
	usage *tracker.Usage // nil before the first
	at    time.Time
	err   error
}

// read is the newest measurement; if a newer one is wanted, it waits for that, but not for long.
func (m *meter) read(ctx context.Context) measurement {
	m.mu.Lock()
	if m.done == nil && time.Since(m.measured.at) > measuredFor {
		m.done = make(chan struct{})
		var measuring context.Context
		measuring, m.stop = context.WithCancel(context.WithoutCancel(ctx))
		go m.measure(measuring, m.done)
	}
	done := m.done
	m.mu.Unlock()
	if done != nil {
		select {
		case <-done:
		case <-time.After(patience):
		case <-ctx.Done():
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.measured
}

func (m *meter) measure(ctx context.Context, done chan struct{}) {
	u, err := m.store.Usage(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.measured.at, m.measured.err = time.Now(), err
	if err == nil {
		m.measured.usage = &u
	}
	m.stop()
	m.done = nil
	close(done)
}

// stale makes the next page measure again.
func (m *meter) stale() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.measured.at = time.Time{}
}

// close ends the measurement that is under way.
func (m *meter) close() {
	m.mu.Lock()
	done := m.done
	if done != nil {
		m.stop()
	}
	m.mu.Unlock()
	if done != nil {
		<-done
	}
}
