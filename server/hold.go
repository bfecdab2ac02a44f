package server

import (
	"context"
	"fmt"
	"sync"
	"time"

	"inkstone/tracker"
)

// silence is how long the server holds a run for an attempt elsewhere of which it hears nothing.
const silence = 30 * time.Second

// holds are the runs that the server holds for attempts elsewhere. Whoever asks the store whether such an attempt is alive
// sees the server's lock; it is let go after a silence, and taken again when the attempt is heard of.
type holds struct {
	store *tracker.Store

	mu     sync.Mutex
	byRun  map[string]*hold
	closed bool
}

// hold is a run that is held.
type hold struct {
	attempt     *tracker.Attempting
	writer, key string
	requests    int // that are being answered
	heard       time.Time
	timer       *time.Timer
}

func newHolds(store *tracker.Store) *holds {
	return &holds{store: store, byRun: map[string]*hold{}}
}

// begin begins an attempt on behalf of a writer. A request with the same key is the same request again; and an attempt that
// the same writer began before is dead, since it can only be one process.
func (h *holds) begin(ctx context.Context, run, writer, key string, info tracker.AttemptInfo, resume *tracker.Resume) (number int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if old := h.byRun[run]; old != nil {
		switch {
		case old.writer != writer:
			return 0, heldBy(run, old)
		case old.key == key:
			return old.attempt.Number(), nil
		}
		h.letGo(run, old)
	}
	a, err := h.store.BeginAttempt(ctx, run, info, resume)
	if err != nil {
		return 0, err
	}
	return a.Number(), h.keep(run, &hold{attempt: a, writer: writer, key: key})
}

func heldBy(run string, h *hold) error {
	return fmt.Errorf("%w: attempt %d of run %s is being recorded by another writer; it is let go %v after its last word", tracker.ErrConflict, h.attempt.Number(), run, silence)
}

// keep holds a run until a silence.
func (h *holds) keep(run string, x *hold) error {
	if h.closed {
		x.attempt.Leave()
		return fmt.Errorf("the server is ending")
	}
	h.byRun[run], x.heard = x, time.Now()
	x.timer = time.AfterFunc(silence, func() { h.listen(run, x) })
	return nil
}

// listen lets go of a run whose attempt was not heard of.
func (h *holds) listen(run string, x *hold) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch quiet := time.Since(x.heard); {
	case h.byRun[run] != x:
	case x.requests > 0:
		x.timer.Reset(silence)
	case quiet < silence:
		x.timer.Reset(silence - quiet)
	default:
		h.letGo(run, x)
	}
}

func (h *holds) letGo(run string, x *hold) {
	x.timer.Stop()
	x.attempt.Leave()
	delete(h.byRun, run)
}

// enter notes that a writer was heard of, and holds its attempt's run for it while the attempt is running. An attempt that has
// ended needs no hold: what comes late is taken, and the store knows what a resume has superseded. Call leave at the end.
func (h *holds) enter(ctx context.Context, run string, number int, writer string) (x *hold, leave func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	x = h.byRun[run]
	if x == nil || x.attempt.Number() != number {
		state, err := h.store.AttemptState(ctx, run, number)
		if err != nil || state.Status != tracker.Running {
			return nil, func() {}, err
		}
		a, err := h.store.Adopt(ctx, run, number)
		if err != nil {
			return nil, nil, err
		}
		x = &hold{attempt: a, writer: writer}
		if err := h.keep(run, x); err != nil {
			return nil, nil, err
		}
	}
	if x.writer != writer {
		return nil, nil, heldBy(run, x)
	}
	x.requests++
	return x, func() { h.left(x) }, nil
}

func (h *holds) left(x *hold) {
	h.mu.Lock()
	defer h.mu.Unlock()
	x.requests--
	x.heard = time.Now()
}

// end ends a held attempt.
func (h *holds) end(ctx context.Context, run string, x *hold, status tracker.Status, reason string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.byRun[run] != x {
		return nil // another request has ended it
	}
	x.timer.Stop()
	delete(h.byRun, run)
	return x.attempt.End(ctx, status, reason)
}

// close lets go of every run, and holds no more.
func (h *holds) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for run, x := range h.byRun {
		h.letGo(run, x)
	}
}
