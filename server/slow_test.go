package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"inkstone/tracker"
	"inkstone/tracker/remote"
)

// ends is a listener of connections in memory.
type ends struct {
	come   chan net.Conn
	closed chan struct{}
}

func (e ends) Accept() (net.Conn, error) {
	select {
	case c := <-e.come:
		return c, nil
	case <-e.closed:
		return nil, net.ErrClosed
	}
}
func (e ends) Close() error   { close(e.closed); return nil }
func (e ends) Addr() net.Addr { return &net.TCPAddr{} }

// TestSlowClientsAreLetGo sends parts of requests and then nothing more, and measures how long the server waits.
func TestSlowClientsAreLetGo(t *testing.T) {
	store, err := tracker.Open(filepath.Join(t.TempDir(), "store"), tracker.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for name, c := range map[string]struct {
		sent string
		want time.Duration
	}{
		"nothing":        {"", 10 * time.Second},
		"half a header":  {"GET /login HTTP/1.1\r\nHost: localhost\r\nX: ", 10 * time.Second},
		"half a body":    {"POST /theme HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ntheme=", 30 * time.Second},
		"no second one":  {"GET /assets/layout/icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n", 2 * time.Minute},
		"a huge header":  {"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 80<<10), 0},
		"another's name": {"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				here, there := net.Pipe()
				l := ends{make(chan net.Conn, 1), make(chan struct{})}
				l.come <- there
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- New(Config{Store: store}).Serve(ctx, l) }()
				began := time.Now()
				go func() { _, _ = io.WriteString(here, c.sent) }()
				_, err := io.Copy(io.Discard, here)
				waited := time.Since(began)
				here.Close()
				stop()
				if served := <-ended; served != nil {
					t.Error(served)
				}
				if err != nil && !errors.Is(err, io.EOF) {
					t.Error(err)
				}
				if waited < c.want || waited > c.want+time.Second {
					t.Errorf("the server waited %v, want %v", waited, c.want)
				}
			})
		})
	}
}

// TestAFileMayTakeLong has two readers of a file that is longer than what waits in buffers: one takes a part every half minute and
// gets all of it, the other stops and is let go.
func TestAFileMayTakeLong(t *testing.T) {
	file := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		every time.Duration
		whole bool
	}{
		"part after part": {30 * time.Second, true},
		"no more":         {3 * time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				here, there := net.Pipe()
				l := ends{make(chan net.Conn, 1), make(chan struct{})}
				l.come <- there
				server := &http.Server{WriteTimeout: answerTime, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { sendFile(w, r, strings.NewReader(file)) })}
				go func() { _ = server.Serve(l) }()
				go func() { _, _ = io.WriteString(here, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") }()
				taken, part := 0, make([]byte, 128<<10)
				for {
					n, err := io.ReadFull(here, part)
					if taken += n; err != nil {
						break
					}
					time.Sleep(c.every)
				}
				here.Close()
				if err := server.Close(); err != nil {
					t.Error(err)
				}
				if whole := taken > len(file); whole != c.whole {
					t.Errorf("%d of %d bytes were taken", taken, len(file))
				}
			})
		})
	}
}

func TestBodiesAreBounded(t *testing.T) {
	b := newBench(t, "other")
	run := b.runs["baseline/1"].ID
	for path, limit := range map[string]int{
		"/runs/" + run + "/note": maxForm, "/experiments/study/note": maxForm, "/store/undelete": remote.MaxJSON,
	} {
		if status, _, text := b.post(path, url.Values{"text": {strings.Repeat("x", limit)}, "run": {run}}, "Accept", "application/json"); status != http.StatusRequestEntityTooLarge {
			t.Errorf("%s takes %d bytes: status %d, %.100s", path, limit, status, text)
		}
	}
}
