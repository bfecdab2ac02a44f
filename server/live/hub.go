package live

import (
	"context"
	"encoding/json"
	"errors"
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

// Message is what a page hears: what happened up to a version, or that it must read everything again.
type Message struct {
	tracker.News
	// Ended is in the last message: the server waits a moment for the page to fetch the last state and to go.
	Ended bool `json:"ended,omitempty"`
}

// waiting is how many messages a slow listener may be behind before it is dropped.
const waiting = 64

// Listener is one open page. C gives it messages, and is closed when the listener is too slow or the hub closes.
type Listener struct {
	C       <-chan []byte
	send    chan []byte
	watches map[string]*watch
}

// Hub tells listeners what happens in a store.
type Hub struct {
	store Store
	paint *painter

	mu        sync.Mutex
	listeners map[*Listener]struct{}
	watches   map[string]*watch
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

// errEnding answers who comes too late.
var errEnding = errors.New("the dashboard is ending")

// Join adds a listener.
func (h *Hub) Join(ctx context.Context) (*Listener, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, errEnding
	}
	if h.stop == nil {
		version, err := h.store.Version(ctx)
		if err != nil {
			return nil, err
		}
		following, stop := context.WithCancel(context.WithoutCancel(ctx))
		h.stop = stop
		h.working.Go(func() { h.store.Follow(following, version, h.hear) })
		h.working.Go(func() { h.paint.work(following) })
	}
	c := make(chan []byte, waiting)
	l := &Listener{C: c, send: c, watches: map[string]*watch{}}
	h.listeners[l] = struct{}{}
	return l, nil
}

// Missed is what a listener must hear first: what happened after the version that it knows. A store that cannot be read right
// now has no news.
func (h *Hub) Missed(ctx context.Context, after int64) ([]byte, bool) {
	events, version, err := h.store.Tail(ctx, after)
	m := Message{News: tracker.News{Version: version, Events: events}}
	switch {
	case errors.Is(err, tracker.ErrReset):
		m.News = tracker.News{Version: version, Reset: true}
	case err != nil || version == after:
		return nil, false
	}
	text, err := json.Marshal(m)
	return text, err == nil
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
	default:
		h.drop(l)
	}
}

// hear takes what the store did: every listener is told, and figures that it concerns are painted.
func (h *Hub) hear(n tracker.News) {
	h.broadcast(Message{News: n})
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range h.watches {
		w.hear(n)
	}
	h.paint.wake()
}

func (h *Hub) broadcast(m Message) {
	text, err := json.Marshal(m)
	if err != nil {
		return // the types have JSON
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listeners {
		h.give(l, text)
	}
}

// Farewell tells every listener that the server ends, and waits until they have gone, but no longer than a while.
func (h *Hub) Farewell(ctx context.Context, while time.Duration) {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	version, err := h.store.Version(ctx)
	if err != nil {
		return
	}
	h.broadcast(Message{News: tracker.News{Version: version, Reset: true}, Ended: true})
	for give := time.Now().Add(while); h.Listening() > 0 && time.Now().Before(give); {
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
