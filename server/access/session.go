package access

import (
	"crypto/rand"
	"net"
	"net/http"
	"sync"
	"time"

	"inkstone/tracker"
)

// sessionLife is how long a browser stays in without its token.
const sessionLife = 7 * 24 * time.Hour

// mostSessions bounds the memory that sessions take; the one that ends first goes first.
const mostSessions = 10_000

// sessions are what tokens have opened for browsers. They are kept by their digests, in memory: they end with the server, with
// their time, and with their token.
type sessions struct {
	now func() time.Time

	mu       sync.Mutex
	byDigest map[string]session
}

type session struct {
	token string // its digest
	ends  time.Time
}

func newSessions(now func() time.Time) *sessions {
	return &sessions{now: now, byDigest: map[string]session{}}
}

// open begins a session and returns the secret that a browser keeps.
func (s *sessions) open(token string) (secret string, ends time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	var first string
	for digest, x := range s.byDigest {
		if !now.Before(x.ends) {
			delete(s.byDigest, digest)
		} else if first == "" || x.ends.Before(s.byDigest[first].ends) {
			first = digest
		}
	}
	if len(s.byDigest) >= mostSessions {
		delete(s.byDigest, first)
	}
	secret, ends = rand.Text()+rand.Text(), now.Add(sessionLife)
	s.byDigest[tracker.TokenDigest(secret)] = session{token, ends}
	return secret, ends
}

// token is the digest of the token that opened a session; empty where there is none.
func (s *sessions) token(secret string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.byDigest[tracker.TokenDigest(secret)]
	if !ok || !s.now().Before(x.ends) {
		return ""
	}
	return x.token
}

func (s *sessions) close(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byDigest, tracker.TokenDigest(secret))
}

// cookieName is that of this server's cookie. Browsers send cookies to every port of a host: the name tells servers apart. Its
// prefix has browsers keep other hosts of the domain from setting it.
func cookieName(r *http.Request) string {
	name := "__Host-inkstone"
	if _, port, err := net.SplitHostPort(r.Host); err == nil {
		name += "-" + port
	}
	return name
}

func sessionSecret(r *http.Request) string {
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return ""
	}
	return c.Value
}

// sessionCookie carries a session; an empty secret takes it away.
func sessionCookie(r *http.Request, secret string, life time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: cookieName(r), Value: secret, Path: "/", MaxAge: int(life.Seconds()), Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
	if secret == "" {
		c.MaxAge = -1
	}
	return c
}
