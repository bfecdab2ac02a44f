package live

import (
	"context"
	"sync"
	"time"

	"inkstone/tracker"
)

// Store is what a hub follows.
type Store interface {
	Version(ctx context.Context) (int64, error)
	Tail(ctx context.Context, after int64) ([]tracker.Event, int64, error)
	Follow(ctx context.Context, after int64, deliver func(tracker.News))
}

// pace is the least time between two deliveries, beside what the store itself waits: what comes meanwhile is one message.
const pace = 25 * time.Millisecond

// Hub tells listeners what happens in a store.
type Hub struct {
	store Store
	paint *painter

	mu        sync.Mutex
	listeners map[*Listener]struct{}
	watches   map[string]*watch
	version   int64              // up to which everything was delivered
	stop      context.CancelFunc // of following; nil while nobody listens
	working   sync.WaitGroup
	closed    bool
	turns     int // counts the painter's updates
}

// New makes a hub; figures opens those that listeners watch, within a budget that it may share with others who draw.
func New(store Store, figures Figures, b *Budget) *Hub {
	h := &Hub{store: store, listeners: map[*Listener]struct{}{}, watches: map[string]*watch{}}
	h.paint = newPainter(h, figures, b)
	return h
}

// follow begins to follow the store where nobody has listened.
func (h *Hub) follow(ctx context.Context) error {
	if h.stop != nil {
		return nil
	}
	version, err := h.store.Version(ctx)
	if err != nil {
		return err
	}
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	h.version, h.stop = version, stop
	h.working.Go(func() {
		h.store.Follow(following, version, func(n tracker.News) {
			h.deliver(following, n)
			select {
			case <-following.Done():
			case <-time.After(pace):
			}
		})
	})
	h.working.Go(func() { h.paint.work(following) })
	return nil
}

// deliver takes what the store did: every listener is told what is new to it, and figures that it concerns are painted.
func (h *Hub) deliver(following context.Context, n tracker.News) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if following.Err() != nil {
		return // those who listen now follow anew
	}
	before := h.version
	h.version = n.Version
	h.tell(n, before)
	for _, w := range h.watches {
		h.point(w, w.hear(n))
	}
	h.paint.wake()
}

// tell gives the news behind a version to all whom they concern, encoded once for each scope.
func (h *Hub) tell(n tracker.News, before int64) {
	encoded := map[Scope][]byte{}
	for l := range h.listeners {
		text, known := encoded[l.scope]
		switch {
		case l.seen > before: // it knows a part of this already
			text = news(n, l.scope, l.seen)
		case !known:
			text = news(n, l.scope, before)
			encoded[l.scope] = text
		}
		l.seen = max(l.seen, n.Version)
		if text == nil && time.Since(l.heard) > quiet {
			text = Message{News: tracker.News{Version: n.Version}}.encode()
		}
		if text != nil {
			h.give(l, text)
		}
	}
}

// news is the message of what is new behind a version for a scope, nil where that is nothing.
func news(n tracker.News, scope Scope, after int64) []byte {
	n.Events = summarise(n.Events, scope, after)
	if len(n.Events) == 0 && !n.Reset {
		return nil
	}
	return Message{News: n}.encode()
}

// Farewell tells every listener that the server ends, and waits until they have gone, but no longer than a while.
func (h *Hub) Farewell(ctx context.Context, while time.Duration) {
	version, err := h.store.Version(ctx)
	h.mu.Lock()
	h.closed = true
	if err == nil {
		text := Message{News: tracker.News{Version: version, Reset: true}, Ended: true}.encode()
		for l := range h.listeners {
			h.give(l, text)
		}
	}
	h.mu.Unlock()
	for give := time.Now().Add(while); err == nil && h.Listening() > 0 && time.Now().Before(give); {
		time.Sleep(10 * time.Millisecond)
	}
}

// Listening counts the listeners.
func (h *Hub) Listening() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.listeners)
}

// Close ends every listener and waits for the following to end.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	for l := range h.listeners {
		h.drop(l)
	}
	h.mu.Unlock()
	h.working.Wait()
}
