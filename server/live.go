package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/websocket"

	"inkstone/server/access"
	"inkstone/server/live"
	"inkstone/tracker"
)

const (
	pingEvery  = 20 * time.Second
	writeLimit = 10 * time.Second
	// mostAsked bounds what a browser sends at once, in bytes.
	mostAsked = 64 << 10
)

var upgrader = websocket.Upgrader{
	HandshakeTimeout: 10 * time.Second, ReadBufferSize: 1 << 10, WriteBufferSize: 16 << 10,
	CheckOrigin: access.SameOrigin,
}

// listen is the websocket: first what is new since ?after, then what comes, and how the figures stand that the page watches.
func (s *Server) listen(w http.ResponseWriter, r *http.Request) error {
	after, err := strconv.ParseInt(r.FormValue("after"), 10, 64)
	if err != nil {
		return fmt.Errorf("%w: after=%q is no version", tracker.ErrInvalid, r.FormValue("after"))
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	listener, err := s.live.Join(ctx)
	if err != nil {
		return err
	}
	defer s.live.Leave(listener)
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return nil // the upgrader has answered
	}
	defer conn.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.hear(conn, listener)
		cancel()
	}()
	if text, changed := s.live.Missed(ctx, after); changed && send(conn, text) != nil {
		conn.Close()
	}
	forward(ctx, conn, listener.C)
	conn.Close()
	<-done
	return nil
}

// asked is what a page says: the figures that it shows, all of them.
type asked struct {
	Watch []string `json:"watch"`
}

// hear reads what a browser says until it goes. What it cannot read it leaves.
func (s *Server) hear(conn *websocket.Conn, l *live.Listener) {
	conn.SetReadLimit(mostAsked)
	alive := func(string) error { return conn.SetReadDeadline(time.Now().Add(3 * pingEvery)) }
	_ = alive("")
	conn.SetPongHandler(alive)
	for {
		_, text, err := conn.ReadMessage()
		if err != nil {
			return
		}
		var a asked
		if json.Unmarshal(text, &a) == nil {
			s.live.Watch(l, a.Watch)
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
