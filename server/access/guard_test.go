package access

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"inkstone/tracker"
)

// keyring is tokens in memory: by their secrets.
type keyring struct {
	mu     sync.Mutex
	tokens map[string]tracker.Token
}

// FindToken implements Tokens.
func (k *keyring) FindToken(_ context.Context, digest string) (tracker.Token, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for secret, t := range k.tokens {
		if tracker.TokenDigest(secret) == digest {
			return t, nil
		}
	}
	return tracker.Token{}, tracker.InvalidToken{Why: "no token that is valid"}
}

func (k *keyring) revoke(secret string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.tokens, secret)
}

// gate is a guard before a page that says who came.
type gate struct {
	*Guard
	keys *keyring
	now  time.Time
}

func newGate(required bool) *gate {
	g := &gate{keys: &keyring{tokens: map[string]tracker.Token{
		"reader": {Name: "wall", Role: tracker.RoleRead}, "writer": {Name: "ci", Role: tracker.RoleWrite},
	}}, now: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)}
	g.Guard = New(Config{
		Tokens: g.keys, Required: required, Hosts: []string{"lab.example", "*.cluster.example"}, Clock: func() time.Time { return g.now },
		Refuse: func(w http.ResponseWriter, _ *http.Request, status int, why string) { http.Error(w, why, status) },
	})
	return g
}

// ask sends a request; the header is given as "Name: value" lines.
func (g *gate) ask(method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	g.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello %s, may write: %v", Of(r).Token, Of(r).May())
	})).ServeHTTP(w, r)
	return w
}

const asHTML = "Accept: text/html,*/*"

func TestWhoComesIn(t *testing.T) {
	for name, c := range map[string]struct {
		required       bool
		method, target string
		header         []string
		status         int
		says           string
	}{
		"this machine needs no token":       {false, "POST", "http://localhost:7433/x", nil, 200, "may write: true"},
		"a foreign name":                    {false, "GET", "http://evil.example/", nil, 403, "evil.example"},
		"a name given":                      {true, "GET", "https://LAB.example:7433/", []string{"Authorization: Bearer reader"}, 200, "hello wall"},
		"a name with a dot behind":          {true, "GET", "https://lab.example./", []string{"Authorization: Bearer reader"}, 200, "hello wall"},
		"a name by its star":                {true, "GET", "https://n1.cluster.example/", []string{"Authorization: Bearer reader"}, 200, "hello wall"},
		"a star is one label":               {true, "GET", "https://a.n1.cluster.example/", []string{"Authorization: Bearer reader"}, 403, "a.n1.cluster.example"},
		"a foreign name with a token":       {true, "GET", "https://evil.example/", []string{"Authorization: Bearer writer"}, 403, "evil.example"},
		"a foreign page writes":             {false, "POST", "http://localhost/x", []string{"Origin: https://evil.example"}, 403, "another origin"},
		"a foreign page writes, by fetch":   {false, "POST", "http://localhost/x", []string{"Sec-Fetch-Site: cross-site"}, 403, "another origin"},
		"a page of a sister writes":         {false, "POST", "http://localhost/x", []string{"Sec-Fetch-Site: same-site"}, 403, "another origin"},
		"a foreign page listens":            {false, "GET", "http://localhost/live", []string{"Upgrade: websocket", "Origin: http://evil.example"}, 403, "another origin"},
		"another port listens":              {false, "GET", "http://localhost:7433/live", []string{"Upgrade: websocket", "Origin: http://localhost:9000"}, 403, "another origin"},
		"an own page listens":               {false, "GET", "http://localhost:7433/live", []string{"Upgrade: websocket", "Origin: http://localhost:7433"}, 200, "hello"},
		"an origin of a sandbox listens":    {false, "GET", "http://localhost:7433/live", []string{"Upgrade: websocket", "Origin: null"}, 403, "another origin"},
		"a program without a token":         {true, "GET", "http://localhost/runs", nil, 401, "inkstone token create"},
		"a wrong token":                     {true, "GET", "http://localhost/runs", []string{"Authorization: Bearer guess"}, 401, "no token that is valid"},
		"another kind of authorization":     {true, "GET", "http://localhost/runs", []string{"Authorization: Basic cmVhZGVyOg=="}, 401, "Bearer TOKEN"},
		"an empty token":                    {true, "GET", "http://localhost/runs", []string{"Authorization: Bearer "}, 401, "Bearer TOKEN"},
		"a reader reads":                    {true, "GET", "http://localhost/runs", []string{"Authorization: bearer reader"}, 200, "hello wall, may write: false"},
		"a reader writes":                   {true, "POST", "http://localhost/runs", []string{"Authorization: Bearer reader"}, 403, `"wall" may only read`},
		"a reader deletes":                  {true, "DELETE", "http://localhost/runs", []string{"Authorization: Bearer reader"}, 403, "may only read"},
		"a writer writes":                   {true, "POST", "http://localhost/runs", []string{"Authorization: Bearer writer"}, 200, "hello ci, may write: true"},
		"a browser is led to the login":     {true, "GET", "http://localhost/runs?where=a", []string{asHTML}, 303, ""},
		"a picture is not":                  {true, "GET", "http://localhost/figures/x.svg", []string{asHTML, "Sec-Fetch-Mode: no-cors"}, 401, "token"},
		"a link on another site":            {true, "GET", "http://localhost/runs?a=1&b='>", []string{asHTML, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: cross-site"}, 200, `content="0; url=/login?next=%2Fruns%3Fa%3D1%26b%3D%27%3E"`},
		"a form without a session":          {true, "POST", "http://localhost/store/check", []string{asHTML}, 401, "token"},
		"the login is open":                 {true, "GET", "http://localhost/login", nil, 200, "hello"},
		"styles are open":                   {true, "GET", "http://localhost/assets/layout/page.css", nil, 200, "hello"},
		"what only begins like them is not": {true, "GET", "http://localhost/assets/../runs", nil, 401, "token"},
		"nor is a name that does":           {true, "GET", "http://localhost/login2", nil, 401, "token"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newGate(c.required).ask(c.method, c.target, c.header...)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
				t.Errorf("status %d, want %d with %q:\n%s", w.Code, c.status, c.says, w.Body)
			}
			for header, want := range map[string]string{"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Permissions-Policy": "camera=()", "Cross-Origin-Opener-Policy": "same-origin"} {
				if !strings.Contains(w.Header().Get(header), want) {
					t.Errorf("%s is %q", header, w.Header().Get(header))
				}
			}
		})
	}
}

// enter logs in and returns the cookie's line.
func (g *gate) enter(t *testing.T, secret string) string {
	t.Helper()
	w := httptest.NewRecorder()
	if err := g.Login(w, httptest.NewRequest("POST", "https://lab.example:7433/login", nil), secret); err != nil {
		t.Fatal(err)
	}
	set := w.Header().Get("Set-Cookie")
	for _, want := range []string{"__Host-inkstone-7433=", "Path=/", "HttpOnly", "Secure", "SameSite=Strict", "Max-Age=604800"} {
		if !strings.Contains(set, want) {
			t.Errorf("the cookie lacks %q: %s", want, set)
		}
	}
	cookie, _, _ := strings.Cut(set, ";")
	return "Cookie: " + cookie
}

func TestASessionEnds(t *testing.T) {
	for name, end := range map[string]func(g *gate, cookie string){
		"by logging out": func(g *gate, cookie string) {
			r := httptest.NewRequest("POST", "https://lab.example:7433/logout", nil)
			r.Header.Set("Cookie", strings.TrimPrefix(cookie, "Cookie: "))
			g.Logout(httptest.NewRecorder(), r)
		},
		"with its time":  func(g *gate, _ string) { g.now = g.now.Add(sessionLife) },
		"with its token": func(g *gate, _ string) { g.keys.revoke("reader") },
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(true)
			cookie := g.enter(t, " reader\n")
			if w := g.ask("GET", "https://lab.example:7433/runs", cookie); w.Code != 200 || !strings.Contains(w.Body.String(), "hello wall") {
				t.Fatalf("status %d: %s", w.Code, w.Body)
			}
			if w := g.ask("GET", "https://lab.example:9000/runs", cookie); w.Code != 401 {
				t.Errorf("another server takes the session: status %d", w.Code)
			}
			end(g, cookie)
			if w := g.ask("GET", "https://lab.example:7433/runs", cookie); w.Code != 401 {
				t.Errorf("the session goes on: status %d", w.Code)
			}
		})
	}
}

func TestASessionWritesFromOwnPagesAlone(t *testing.T) {
	g := newGate(true)
	cookie := g.enter(t, "writer")
	for header, want := range map[string]int{"Sec-Fetch-Site: same-origin": 200, "Origin: https://lab.example:7433": 200, "Sec-Fetch-Site: cross-site": 403, "X: y": 403} {
		if w := g.ask("POST", "https://lab.example:7433/x", cookie, header); w.Code != want {
			t.Errorf("%s: status %d, want %d", header, w.Code, want)
		}
	}
}

func TestRates(t *testing.T) {
	for name, c := range map[string]struct {
		method, target string
		header         []string
		burst          int
		again          time.Duration
	}{
		"guesses of tokens": {"POST", "https://lab.example/login", nil, 5, 10 * time.Second},
		"who is unknown":    {"GET", "https://lab.example/", nil, 100, 100 * time.Millisecond},
		"pages":             {"GET", "https://lab.example/", []string{"Authorization: Bearer reader"}, 1000, 10 * time.Millisecond},
		"recording":         {"POST", "https://lab.example/api/runs", []string{"Authorization: Bearer writer"}, 4000, time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(true)
			for i := range c.burst {
				if w := g.ask(c.method, c.target, c.header...); w.Code == http.StatusTooManyRequests {
					t.Fatalf("too much after %d", i)
				}
			}
			w := g.ask(c.method, c.target, c.header...)
			if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "try again in") {
				t.Errorf("status %d, %v", w.Code, w.Header())
			}
			g.now = g.now.Add(c.again)
			if w := g.ask(c.method, c.target, c.header...); w.Code == http.StatusTooManyRequests {
				t.Error("it is still too much")
			}
		})
	}
	t.Run("this machine", func(t *testing.T) {
		g := newGate(false)
		for range 5000 {
			if w := g.ask("GET", "http://localhost/"); w.Code != http.StatusOK {
				t.Fatalf("status %d", w.Code)
			}
		}
	})
}

// TestAnOpenConnectionEndsWithItsToken listens, and has the token revoked meanwhile.
func TestAnOpenConnectionEndsWithItsToken(t *testing.T) {
	g := newGate(true)
	g.recheck = time.Millisecond
	listening, ended := make(chan struct{}), make(chan struct{})
	handler := g.Protect(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(listening)
		<-r.Context().Done()
		close(ended)
	}))
	r := httptest.NewRequest("GET", "https://lab.example/live", nil)
	r.Header.Set("Upgrade", "websocket")
	r.Header.Set("Authorization", "Bearer reader")
	go handler.ServeHTTP(httptest.NewRecorder(), r)
	<-listening
	select {
	case <-ended:
		t.Fatal("it ended before")
	case <-time.After(20 * time.Millisecond):
	}
	g.keys.revoke("reader")
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the connection stays open without its token")
	}
}

func TestWithin(t *testing.T) {
	for next, want := range map[string]string{
		"": "/", "/": "/", "/runs?where=a%20%3D%20b": "/runs?where=a%20%3D%20b", "//evil.example": "/", "https://evil.example/": "/", `/\evil.example`: "/",
		"javascript:alert(1)": "/", "/\n/evil.example": "/", "runs": "/", "/runs#x": "/runs", "/\t/evil.example": "/", "/a//b": "/a//b",
	} {
		if got := Within(next); got != want {
			t.Errorf("Within(%q) = %q, want %q", next, got, want)
		}
	}
}
