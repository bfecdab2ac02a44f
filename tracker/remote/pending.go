package remote

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Pending is what a journal holds that the server has not acknowledged, and what went wrong.
type Pending struct {
	Frames int64
	Bytes  int64
	// Oldest is the age of the oldest of them; of those of an earlier process, the time since that last wrote.
	Oldest time.Duration
	// LastError is why the last delivery failed; nil once one succeeds.
	LastError error
	// Damaged are the stretches of the journal that cannot be read.
	Damaged []Damage
	// Lost names what was in them: batches, which were delivered empty, and what else can be told.
	Lost []string
}

// ledger counts what is pending, and wakes those who wait for a change.
type ledger struct {
	mu        sync.Mutex
	pending   Pending
	marks     []mark
	count     int64 // of frames that were ever pending
	delivered place
	failed    error // will never pass
	changed   chan struct{}
}

// mark tells when a frame was the newest; there is one for each second at most.
type mark struct {
	count int64
	at    time.Time
}

const markEvery = time.Second

func newLedger(p Pending, delivered place) *ledger {
	l := &ledger{pending: p, delivered: delivered, changed: make(chan struct{})}
	if p.Frames > 0 {
		l.marks, l.count = []mark{{1, time.Now().Add(-p.Oldest)}}, p.Frames
	}
	return l
}

// change works on the ledger and wakes who waits.
func (l *ledger) change(f func(p *Pending)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.pending)
	close(l.changed)
	l.changed = make(chan struct{})
}

// add notes frames that are on the disk.
func (l *ledger) add(frames, bytes int) {
	l.change(func(p *Pending) {
		now := time.Now()
		if n := len(l.marks); n == 0 || now.Sub(l.marks[n-1].at) > markEvery {
			l.marks = append(l.marks, mark{l.count + 1, now})
		}
		l.count += int64(frames)
		p.Frames, p.Bytes = p.Frames+int64(frames), p.Bytes+int64(bytes)
	})
}

// deliver notes that the server has acknowledged frames up to a place.
func (l *ledger) deliver(frames, bytes int, to place) {
	l.change(func(p *Pending) {
		p.Frames, p.Bytes, p.LastError = p.Frames-int64(frames), p.Bytes-int64(bytes), nil
		l.delivered = to
		oldest := l.count - p.Frames + 1
		for len(l.marks) > 1 && l.marks[1].count <= oldest {
			l.marks = l.marks[1:]
		}
		if p.Frames == 0 {
			l.marks = nil
		}
	})
}

// reach notes a place up to which there was nothing to deliver.
func (l *ledger) reach(to place) {
	l.change(func(*Pending) { l.delivered = to })
}

// damage notes what cannot be read, once.
func (l *ledger) damage(d Damage) {
	l.change(func(p *Pending) {
		if !slices.Contains(p.Damaged, d) {
			p.Damaged = append(p.Damaged, d)
		}
	})
}

func (l *ledger) lose(what string) {
	l.change(func(p *Pending) {
		if !slices.Contains(p.Lost, what) {
			p.Lost = append(p.Lost, what)
		}
	})
}

// trouble notes why a delivery failed; with forever, no other will succeed.
func (l *ledger) trouble(err error, forever bool) {
	l.change(func(p *Pending) {
		p.LastError = err
		if forever {
			l.failed = err
		}
	})
}

// failure is what keeps the sender from going on, or nil.
func (l *ledger) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failed
}

// snapshot is what is pending now, and a channel that is closed when it changes.
func (l *ledger) snapshot() (p Pending, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p = l.pending
	if p.Damaged, p.Lost = slices.Clone(p.Damaged), slices.Clone(p.Lost); p.Frames > 0 && len(l.marks) > 0 {
		p.Oldest = time.Since(l.marks[0].at)
	} else {
		p.Oldest = 0
	}
	return p, l.changed
}

// wait returns when the server has acknowledged everything up to a place.
func (l *ledger) wait(ctx context.Context, to place) error {
	for {
		l.mu.Lock()
		done, failed, changed := !l.delivered.before(to), l.failed, l.changed
		l.mu.Unlock()
		switch {
		case done:
			return nil
		case failed != nil:
			return failed
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
