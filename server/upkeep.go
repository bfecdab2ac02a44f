package server

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"inkstone/tracker"
)

// upkeep is the long work on a store that a page may begin: one piece at a time, in the background, until it is stopped or the
// server ends.
type upkeep struct {
	mu      sync.Mutex
	last    taskData // that is under way, or was the last
	stop    context.CancelFunc
	working sync.WaitGroup
	closed  bool
}

// taskData is a piece of work.
type taskData struct {
	Kind string `json:"kind"` // "check", "backup"
	// What it works on, or towards.
	What    string    `json:"what,omitempty"`
	Began   time.Time `json:"began"`
	Ended   time.Time `json:"ended,omitzero"`
	Done    int       `json:"done"`
	Total   int       `json:"total"` // 0 where that is not known
	Error   string    `json:"error,omitempty"`
	Stopped bool      `json:"stopped,omitempty"`
}

// Running tells whether a piece of work is under way.
func (t taskData) Running() bool { return !t.Began.IsZero() && t.Ended.IsZero() }

// begin starts a piece of work; while another is under way, it is ErrConflict.
func (u *upkeep) begin(kind, what string, work func(ctx context.Context, progress func(done, total int)) error) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.closed:
		return errors.New("the server is ending")
	case u.last.Running():
		return fmt.Errorf("%w: a %s is under way; wait for its end, or stop it", tracker.ErrConflict, u.last.Kind)
	}
	ctx, stop := context.WithCancel(context.Background())
	u.last, u.stop = taskData{Kind: kind, What: what, Began: time.Now()}, stop
	u.working.Go(func() {
		defer stop()
		err := work(ctx, u.progress)
		u.mu.Lock()
		defer u.mu.Unlock()
		u.last.Ended = time.Now()
		if u.last.Stopped = err != nil && ctx.Err() != nil; err != nil && !u.last.Stopped {
			u.last.Error = err.Error()
		}
	})
	return nil
}

func (u *upkeep) progress(done, total int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.last.Done, u.last.Total = done, total
}

// task is what is under way, or was the last; nil where there was none.
func (u *upkeep) task() *taskData {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last.Began.IsZero() {
		return nil
	}
	t := u.last
	return &t
}

// end stops what is under way.
func (u *upkeep) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stop != nil {
		u.stop()
	}
}

// close stops what is under way and waits for its end; nothing begins any more.
func (u *upkeep) close() {
	u.mu.Lock()
	u.closed = true
	u.mu.Unlock()
	u.end()
	u.working.Wait()
}
