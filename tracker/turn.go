package tracker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// SQLite waits for another process's transaction in pauses that grow to a tenth of a second: with eight processes, one call
// in a hundred waited for longer than all the others together took. So who writes waits for its turn first, at a file that
// is locked as long as a transaction lasts, in pauses as short as one.
const (
	turnPause = 200 * time.Microsecond
	turnMost  = time.Second // behind that, SQLite's own patience decides: whose turn it is may stand still
)

// turn lets one transaction at a time go, of all processes.
type turn struct {
	file *os.File
	held chan struct{} // one place: for those of this process
}

func openTurn(dir string) (*turn, error) {
	f, err := os.OpenFile(filepath.Join(dir, "write.lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the lock of who writes: %w", err)
	}
	return &turn{f, make(chan struct{}, 1)}, nil
}

// take waits for the turn; give hands it on. A lock that cannot be had keeps nobody from writing: SQLite has its own.
func (t *turn) take(ctx context.Context) (give func(), err error) {
	select {
	case t.held <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	began := time.Now()
	for ctx.Err() == nil && time.Since(began) < turnMost {
		ok, err := tryLock(t.file)
		if ok || err != nil {
			break
		}
		sleep(ctx, turnPause)
	}
	return t.give, nil
}

func (t *turn) give() {
	_ = unlock(t.file)
	<-t.held
}
