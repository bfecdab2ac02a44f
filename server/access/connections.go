package access

import (
	"net"
	"sync"
)

// The connections that a server keeps open: of one client, and of all. A browser opens a handful, and this machine's own are
// only bounded as a whole.
const (
	mostOfOne = 256
	mostOfAll = 4096
)

// Bounded is a listener that closes at once what comes beyond the bounds, so that no client keeps others out by connections
// that it holds.
func Bounded(l net.Listener) net.Listener {
	return &bounded{Listener: l, ofOne: mostOfOne, ofAll: mostOfAll, open: map[string]int{}}
}

type bounded struct {
	net.Listener
	ofOne, ofAll int

	mu   sync.Mutex
	open map[string]int // by client
	all  int
}

// Accept implements net.Listener.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		client := clientOf(c.RemoteAddr().String())
		if b.enter(client) {
			return &counted{Conn: c, leave: sync.OnceFunc(func() { b.leave(client) })}, nil
		}
		_ = c.Close()
	}
}

func (b *bounded) enter(client string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all >= b.ofAll || b.open[client] >= b.ofOne && !Loopback(client) {
		return false
	}
	b.all++
	b.open[client]++
	return true
}

func (b *bounded) leave(client string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all--
	if b.open[client]--; b.open[client] == 0 {
		delete(b.open, client)
	}
}

// counted is a connection that is counted until it is closed.
type counted struct {
	net.Conn
	leave func()
}

// Close implements net.Conn.
func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}
