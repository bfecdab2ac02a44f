package live

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// share is the part of a core's time that figures may take: bringing them up to date, and drawing their pictures.
const share = 0.08

const (
	// leastPause lies between two updates of figures: what comes within it is drawn together.
	leastPause = 60 * time.Millisecond
	// mostPause is how long figures wait at most for the sake of the share, so that they never seem to stand still: single points
	// are seen at once, means and differences then.
	mostPause = 2 * time.Second
)

// Budget keeps account of the time that figures take.
type Budget struct {
	// clock is how long the calling thread has worked; threadTime where it is nil.
	clock func() time.Duration

	mu    sync.Mutex
	spent time.Duration // since ever
	debt  time.Duration // how long nothing should be drawn, as of last
	last  time.Time
}

// began is when the program began.
var began = time.Now()

func wallTime() time.Duration { return time.Since(began) }

// Meter begins to measure the work of the calling goroutine, which is spent when the function that it returns is called. It is
// the time that a core worked for it: where many programs share the cores, drawing takes longer, and not more.
func (b *Budget) Meter() (spend func()) {
	clock := b.clock
	if clock == nil {
		clock = threadTime
	}
	runtime.LockOSThread()
	before := clock()
	return func() {
		took := clock() - before
		runtime.UnlockOSThread()
		b.spend(took)
	}
}

// spend notes that drawing took so long.
func (b *Budget) spend(took time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pay()
	b.spent += took
	b.debt += time.Duration(float64(took) / share)
}

// Spent is all the time that was spent.
func (b *Budget) Spent() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spent
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
