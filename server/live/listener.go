package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"inkstone/tracker"
)

const (
	// waiting is how many messages a slow listener may be behind before it is dropped; it comes back and catches up.
	waiting = 64
	// quiet is how long a listener may hear nothing before it is told how far the store is.
	quiet = 10 * time.Second
)

// Listener is one open page. C gives it messages, and is closed when the listener is too slow or the hub closes.
type Listener struct {
	C       <-chan []byte
	send    chan []byte
	scope   Scope
	seen    int64     // it knows everything up to this version
	heard   time.Time // when it got its last message
	watches map[string]*watch
}

// errEnding answers who comes too late.
var errEnding = errors.New("the dashboard is ending")

// Join adds a listener that knows everything up to a version. It hears what it missed, then what comes; nothing twice.
func (h *Hub) Join(ctx context.Context, scope Scope, after int64) (*Listener, error) {
	missed, reached, err := h.missed(ctx, after, h.reached()) // most of it while deliveries go on
	if err != nil && !errors.Is(err, tracker.ErrReset) {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, errEnding
	}
	if err := h.follow(ctx); err != nil {
		return nil, err
	}
	if err == nil {
		var rest []tracker.Event
		rest, _, err = h.missed(ctx, reached, h.version)
		missed = append(missed, rest...)
	}
	c := make(chan []byte, waiting)
	l := &Listener{C: c, send: c, scope: scope, seen: max(after, h.version), heard: time.Now(), watches: map[string]*watch{}}
	switch events := summarise(missed, scope, after); {
	case errors.Is(err, tracker.ErrReset):
		l.seen = h.version
		c <- Message{News: tracker.News{Version: h.version, Reset: true}}.encode()
	case err != nil:
		return nil, err
	case len(events) > 0:
		c <- Message{News: tracker.News{Version: h.version, Events: events}}.encode()
	}
	h.listeners[l] = struct{}{}
	return l, nil
}

// reached is the version up to which everything was delivered.
func (h *Hub) reached() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.version
}

// missed reads the events behind a version, up to another, and how far it came. ErrReset: they are no longer there, or never
// were.
func (h *Hub) missed(ctx context.Context, after, upTo int64) (all []tracker.Event, reached int64, err error) {
	if after > upTo { // a version that was not delivered yet, or one of another store
		_, _, err = h.store.Tail(ctx, after)
		return nil, after, err
	}
	for reached = after; reached < upTo; {
		var events []tracker.Event
		if events, reached, err = h.store.Tail(ctx, reached); err != nil {
			return nil, reached, fmt.Errorf("read what was missed since version %d: %w", after, err)
		}
		all = append(all, events...)
	}
	for len(all) > 0 && all[len(all)-1].Version > upTo {
		all = all[:len(all)-1]
	}
	return all, min(reached, upTo), nil
}

// Leave ends a listener.
func (h *Hub) Leave(l *Listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(l)
}

// drop forgets a listener; the last one ends the following.
func (h *Hub) drop(l *Listener) {
	if _, there := h.listeners[l]; !there {
		return
	}
	delete(h.listeners, l)
	close(l.send)
	for key, w := range l.watches {
		h.unwatch(l, key, w)
	}
	if len(h.listeners) == 0 && h.stop != nil {
		h.stop()
		h.stop = nil
	}
}

// give hands a message to a listener, or drops one that does not keep up.
func (h *Hub) give(l *Listener, text []byte) {
	select {
	case l.send <- text:
		l.heard = time.Now()
	default:
		h.drop(l)
	}
}
