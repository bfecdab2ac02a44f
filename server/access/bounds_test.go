package access

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"inkstone/internal/certify"
)

func TestALimiterForgetsWhoHasNotCome(t *testing.T) {
	now := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	l := newLimiter(rate{1, 2}, func() time.Time { return now })
	for i := range 2 * mostClients {
		l.take(fmt.Sprint(i))
	}
	if len(l.clients) > mostClients {
		t.Errorf("%d clients are remembered", len(l.clients))
	}
	for i := range 2 {
		if ok, _ := l.take("9999999"); !ok {
			t.Errorf("a new client is refused at its request %d", i+1)
		}
	}
	if ok, wait := l.take("9999999"); ok || wait != time.Second {
		t.Errorf("it may go on: %v, %v", ok, wait)
	}
}

func TestClientOf(t *testing.T) {
	for remote, want := range map[string]string{
		"10.0.0.1:99": "10.0.0.1", "[::ffff:10.0.0.1]:99": "10.0.0.1", "[2001:db8:1:2:3:4:5:6]:99": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:99": "fe80::/64", "@": "@",
	} {
		if got := clientOf(remote); got != want {
			t.Errorf("clientOf(%s) = %s, want %s", remote, got, want)
		}
	}
}

// pipes is a listener of connections that come from addresses of one's choice.
type pipes struct{ come chan net.Conn }

func (p pipes) Accept() (net.Conn, error) {
	c, open := <-p.come
	if !open {
		return nil, net.ErrClosed
	}
	return c, nil
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

type from struct {
	net.Conn
	ip     string
	closed chan struct{}
	once   *sync.Once
}

func (f from) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(f.ip), Port: 1} }
func (f from) Close() error         { f.once.Do(func() { close(f.closed) }); return nil }

func TestConnectionsAreBounded(t *testing.T) {
	p := pipes{make(chan net.Conn)}
	l := &bounded{Listener: p, ofOne: 2, ofAll: 5, open: map[string]int{}}
	accepted := make(chan net.Conn)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	defer close(p.come)
	come := func(ip string) net.Conn {
		f := from{ip: ip, closed: make(chan struct{}), once: new(sync.Once)}
		p.come <- f
		select {
		case c := <-accepted:
			return c
		case <-f.closed:
			return nil
		}
	}
	first := come("10.0.0.1")
	if first == nil || come("10.0.0.1") == nil || come("10.0.0.1") != nil {
		t.Fatal("a client does not get two connections")
	}
	_ = first.Close()
	_ = first.Close() // a second time counts once
	if come("10.0.0.1") == nil || come("10.0.0.1") != nil {
		t.Error("a closed connection does not make room for one")
	}
	for i := range 3 {
		if come("127.0.0.1") == nil {
			t.Errorf("this machine gets only %d connections", i)
		}
	}
	if come("127.0.0.1") != nil || come("10.0.0.2") != nil {
		t.Error("the bound of all is not kept")
	}
}

func TestCertificates(t *testing.T) {
	dir := t.TempDir()
	cert, key := certify.Files(t, dir, time.Hour, "lab.example", "10.1.2.3")
	var said []string
	c, err := OpenCertificate(cert, key, func(line string) { said = append(said, line) })
	if err != nil {
		t.Fatal(err)
	}
	if names := fmt.Sprint(c.Names()); names != "[lab.example 10.1.2.3]" {
		t.Errorf("got names %s", names)
	}
	first := c.current()
	renew := func(text string) {
		c.looked = time.Time{}
		later := time.Now().Add(time.Duration(len(said)+1) * time.Minute)
		if text != "" {
			if err := os.WriteFile(cert, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(cert, later, later); err != nil {
			t.Fatal(err)
		}
	}
	renew("half a certif")
	if c.current() != first || len(said) != 1 || !strings.Contains(said[0], "the old one goes on") {
		t.Errorf("a damaged renewal: %q", said)
	}
	certify.Files(t, dir, time.Hour, "lab.example")
	renew("")
	if c.current() == first || len(said) != 2 || !strings.Contains(said[1], "read again") {
		t.Errorf("a renewal: %q", said)
	}
	if _, err := OpenCertificate(filepath.Join(dir, "none"), key, nil); err == nil || !strings.Contains(err.Error(), "none") {
		t.Errorf("a missing certificate: %v", err)
	}
	_, otherKey := certify.Files(t, t.TempDir(), time.Hour, "lab.example")
	if _, err := OpenCertificate(cert, otherKey, nil); err == nil || !strings.Contains(err.Error(), "does not match") {
		t.Errorf("a key of another: %v", err)
	}
	expired, itsKey := certify.Files(t, t.TempDir(), -time.Hour, "lab.example")
	if _, err := OpenCertificate(expired, itsKey, nil); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("an expired one: %v", err)
	}
}
