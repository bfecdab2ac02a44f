package access

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// rate is how often something may happen: at once up to burst, then so many times a second.
type rate struct {
	perSecond float64
	burst     float64
}

// The rates of one client. Those of pages and of recording are far above what a wall of browsers and a rack of trainers need,
// and far below what would keep others waiting; who is unknown gets what a page of login needs.
var (
	ratePages     = rate{100, 1000}
	rateRecording = rate{1000, 4000}
	rateUnknown   = rate{10, 100}
	rateLogin     = rate{1.0 / 10, 5}
)

// mostClients bounds the memory of a limiter; whoever has not come for long is forgotten first.
const mostClients = 10_000

// limiter counts what clients do against a rate.
type limiter struct {
	rate
	now func() time.Time

	mu      sync.Mutex
	clients map[string]*bucket
}

// bucket fills with time and is emptied by what a client does.
type bucket struct {
	left float64
	at   time.Time
}

func newLimiter(r rate, now func() time.Time) *limiter {
	return &limiter{rate: r, now: now, clients: map[string]*bucket{}}
}

// take tells whether a client may do it once more, and if not, when it may.
func (l *limiter) take(client string) (ok bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b := l.clients[client]
	if b == nil {
		l.makeRoom()
		b = &bucket{left: l.burst, at: now}
		l.clients[client] = b
	}
	b.left, b.at = min(l.burst, b.left+max(now.Sub(b.at), 0).Seconds()*l.perSecond), now
	if b.left < 1 {
		return false, time.Duration((1 - b.left) / l.perSecond * float64(time.Second))
	}
	b.left--
	return true, 0
}

// makeRoom forgets a client where there are too many: of a few at random the one that came the longest ago, so that a flood of
// addresses costs little.
func (l *limiter) makeRoom() {
	if len(l.clients) < mostClients {
		return
	}
	var oldest string
	looked := 0
	for client, b := range l.clients {
		if oldest == "" || b.at.Before(l.clients[oldest].at) {
			oldest = client
		}
		if looked++; looked == 16 {
			break
		}
	}
	delete(l.clients, oldest)
}

// clientOf is whom an address belongs to: an IPv6 network is one client, since it can take any address of its own.
func clientOf(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	network, _ := ip.Prefix(64) // fits every IPv6 address
	return network.String()
}
