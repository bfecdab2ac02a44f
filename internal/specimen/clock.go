package specimen

import (
	"sync/atomic"
	"time"
)

// clock is the time, less an offset that shrinks as the made-up research goes on.
type clock struct{ behind atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Now().Add(-time.Duration(c.behind.Load())).Truncate(time.Microsecond)
}

// pass lets time pass, but not beyond the true one.
func (c *clock) pass(d time.Duration) { c.behind.Store(max(c.behind.Load()-int64(d), 0)) }

// arrive makes it the true time.
func (c *clock) arrive() { c.behind.Store(0) }
