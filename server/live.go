package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"inkstone/tracker"
)

// message is what a browser hears: what changed up to a version, or that it must read everything again.
type message struct {
	tracker.News
	// Ended is in the last message: the server waits a moment for the page to fetch the last state and to go.
	Ended bool `json:"ended,omitempty"`
}

const (
	pingEvery  = 20 * time.Second
	writeLimit = 10 * time.Second
	// waiting is how many messages a slow browser may be behind before it is let go; it comes back and catches up.
	waiting = 32
)

// hub follows the store while somebody listens, and tells every listener the same bytes.
type hub struct {
	store *tracker.Store

	mu        sync.Mutex
	listeners map[chan []byte]struct{}
	stop      context.CancelFunc // of following; nil while nobody listens
	follower  sync.WaitGroup
	closed    bool
}

func newHub(store *tracker.Store) *hub {
	return &hub{store: store, listeners: map[chan []byte]struct{}{}}
}

// join adds a listener; its channel is closed when it is too slow or the hub closes.
func (h *hub) join(ctx context.Context) (chan []byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, errors.New("the dashboard is ending")
	}
	if h.stop == nil {
		version, err := h.store.Version(ctx)
		if err != nil {
			return nil, err
		}
		following, stop := context.WithCancel(context.WithoutCancel(ctx))
		h.stop = stop
		h.follower.Go(func() {
			h.store.Follow(following, version, func(n tracker.News) { h.broadcast(message{News: n}) })
		})
	}
	c := make(chan []byte, waiting)
	h.listeners[c] = struct{}{}
	return c, nil
}

func (h *hub) leave(c chan []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(c)
}

// drop forgets a listener; the last one ends the following.
func (h *hub) drop(c chan []byte) {
	if _, there := h.listeners[c]; !there {
		return
	}
	delete(h.listeners, c)
	close(c)
	if len(h.listeners) == 0 && h.stop != nil {
		h.stop()
		h.stop = nil
	}
}

// farewell tells every listener that the server ends, and waits until they have gone, but no longer than a while.
func (h *hub) farewell(ctx context.Context, while time.Duration) {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	version, err := h.store.Version(ctx)
	if err != nil {
		return
	}
	h.broadcast(message{News: tracker.News{Version: version, Reset: true}, Ended: true})
	for give := time.Now().Add(while); h.listening() && time.Now().Before(give); {
		time.Sleep(10 * time.Millisecond)
	}
}

func (h *hub) listening() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.listeners) > 0
}

// close ends every listener and waits for the following to end.
func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	for c := range h.listeners {
		h.drop(c)
	}
	h.mu.Unlock()
	h.follower.Wait()
}

// news reads what is new after a version. A store that cannot be read right now has no news.
func news(ctx context.Context, store *tracker.Store, after int64) (message, bool) {
	events, version, err := store.Tail(ctx, after)
	switch {
	case errors.Is(err, tracker.ErrReset):
		return message{News: tracker.News{Version: version, Reset: true}}, true
	case err != nil || version == after:
		return message{}, false
	}
	return message{News: tracker.News{Version: version, Events: events}}, true
}

func (h *hub) broadcast(m message) {
	text, err := json.Marshal(m)
	if err != nil {
		return // the types have JSON
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.listeners {
		select {
		case c <- text:
		default:
			h.drop(c)
		}
	}
}

var upgrader = websocket.Upgrader{
	HandshakeTimeout: 10 * time.Second, ReadBufferSize: 1 << 10, WriteBufferSize: 16 << 10,
	CheckOrigin: sameOrigin,
}

// sameOrigin lets only pages of this server listen; programs send no Origin.
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	return origin == "" || origin == "http://"+r.Host || origin == "https://"+r.Host
}

// listen is the websocket: first what is new since ?after, then what comes.
func (s *Server) listen(w http.ResponseWriter, r *http.Request) error {
	after, err := strconv.ParseInt(r.FormValue("after"), 10, 64)
	if err != nil {
		return fmt.Errorf("%w: after=%q is no version", tracker.ErrInvalid, r.FormValue("after"))
	}
	if !sameOrigin(r) {
		http.Error(w, "Only pages of this dashboard may listen.", http.StatusForbidden)
		return nil
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	heard, err := s.live.join(ctx)
	if err != nil {
		return err
	}
	defer s.live.leave(heard)
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return nil // the upgrader has answered
	}
	defer conn.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		discard(conn)
		cancel()
	}()
	if m, changed := news(ctx, s.Store, after); changed {
		text, err := json.Marshal(m)
		if err == nil {
			err = send(conn, text)
		}
		if err != nil {
			conn.Close()
		}
	}
	forward(ctx, conn, heard)
	conn.Close()
	<-done
	return nil
}

// discard reads and drops what a browser sends, so that pongs and the end are seen.
func discard(conn *websocket.Conn) {
	conn.SetReadLimit(1 << 10)
	alive := func(string) error { return conn.SetReadDeadline(time.Now().Add(3 * pingEvery)) }
	_ = alive("")
	conn.SetPongHandler(alive)
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			return
		}
	}
}

// forward sends what the hub says until either side ends.
func forward(ctx context.Context, conn *websocket.Conn, heard <-chan []byte) {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case text, open := <-heard:
			if !open {
				_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseTryAgainLater, ""), time.Now().Add(time.Second))
				return
			}
			err = send(conn, text)
		case <-ping.C:
			err = conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeLimit))
		}
		if err != nil {
			return
		}
	}
}

func send(conn *websocket.Conn, text []byte) error {
	if err := conn.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return err
	}
	return conn.WriteMessage(websocket.TextMessage, text)
}
