package live

import (
	"context"
	"sync"
	"time"
)

// share is the part of a core's time that figures may take: bringing them up to date, and drawing their pictures.
const share = 0.08

const (
	// leastPause lies between two updates of figures: what comes within it is drawn together.
	leastPause = 60 * time.Millisecond
	// mostPause is how long figures wait at most for the sake of the share, so that they never seem to stand still.
	mostPause = 400 * time.Millisecond
)

// Budget keeps account of the time that figures take.
type Budget struct {
	mu   sync.Mutex
	debt time.Duration // how long nothing should be drawn, as of last
	last time.Time
}

// Spend notes that drawing took so long.
func (b *Budget) Spend(took time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pay()
	b.debt += time.Duration(float64(took) / share)
}

// pay lets the debt shrink with the time that passes.
func (b *Budget) pay() {
	now := time.Now()
	b.debt = max(b.debt-now.Sub(b.last), 0)
	b.last = now
}

// Rest waits until what was spent is within the share, at least and at most for a while; false where ctx ended.
func (b *Budget) Rest(ctx context.Context) bool {
	b.mu.Lock()
	b.pay()
	wait := min(max(b.debt, leastPause), mostPause)
	b.mu.Unlock()
	select {
	case <-ctx.Done():
		return false
	case <-time.After(wait):
		return true
	}
}
