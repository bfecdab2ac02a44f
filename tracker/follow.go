package tracker

import (
	"context"
	"errors"
	"sync"
	"time"
)

// News is what happened up to a version. After a Reset something was missed: read everything again.
type News struct {
	Version int64   `json:"version"`
	Events  []Event `json:"events,omitempty"`
	Reset   bool    `json:"reset,omitempty"`
}

// followEvery is how often a store that somebody follows is asked for what other processes wrote, and the least pause between
// two deliveries.
const followEvery = 25 * time.Millisecond

// Follow delivers what happens after a version, in order, until ctx ends: commits of this process at once, those of others
// within 25 ms. It holds nothing while deliver runs. A store that cannot be read right now has no news.
func (s *Store) Follow(ctx context.Context, after int64, deliver func(News)) {
	s.watch.join(s)
	defer s.watch.leave()
	for ctx.Err() == nil {
		changed := s.watch.next()
		events, version, err := s.Tail(ctx, after)
		reset := errors.Is(err, ErrReset)
		if reset || err == nil && version != after {
			deliver(News{version, events, reset})
			after = version
			sleep(ctx, followEvery)
			continue
		}
		select {
		case <-ctx.Done():
		case <-changed:
		}
		if err != nil {
			sleep(ctx, followEvery)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// watch wakes those who follow the store. While there are any, a poller looks for commits of other processes.
type watch struct {
	mu        sync.Mutex
	changed   chan struct{} // closed by the next commit
	followers int
	stop      context.CancelFunc
	stopped   chan struct{} // closed when the poller has ended
}

func (w *watch) join(s *Store) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.followers++; w.followers > 1 {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	w.changed, w.stop, w.stopped = make(chan struct{}), stop, stopped
	go func() {
		defer close(stopped)
		w.poll(ctx, s)
	}()
}

// leave waits for the poller's end, if nobody else needs it.
func (w *watch) leave() {
	w.mu.Lock()
	w.followers--
	last, stop, stopped := w.followers == 0, w.stop, w.stopped
	w.mu.Unlock()
	if last {
		stop()
		<-stopped
	}
}

func (w *watch) next() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changed
}

// wake tells followers to look.
func (w *watch) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.followers > 0 {
		close(w.changed)
		w.changed = make(chan struct{})
	}
}

func (w *watch) poll(ctx context.Context, s *Store) {
	for ctx.Err() == nil {
		if err := w.compare(ctx, s); err != nil {
			w.wake() // who follows will see for himself
			sleep(ctx, time.Second)
		}
	}
}

// compare asks SQLite's counter of other connections' commits, which costs a look at shared memory, until ctx ends.
func (w *watch) compare(ctx context.Context, s *Store) error {
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for last := int64(-1); ; {
		var now int64
		if err := conn.QueryRowContext(ctx, "PRAGMA data_version").Scan(&now); err != nil {
			return err
		}
		if now != last {
			last = now
			w.wake()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
