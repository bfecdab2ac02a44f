package access

import (
	"context"
	"errors"
	"fmt"
	"html"
	"math"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"inkstone/tracker"
)

// Config is what a guard needs.
type Config struct {
	Tokens Tokens
	// Required: everybody needs a token.
	Required bool
	// Hosts are the names besides this machine's own under which the server may be asked.
	Hosts []string
	// Refuse answers what is held back, with a status and a sentence.
	Refuse func(w http.ResponseWriter, r *http.Request, status int, why string)
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
}

// Guard stands before a server's pages.
type Guard struct {
	Config
	sessions                         *sessions
	pages, recording, unknown, login *limiter
	recheck                          time.Duration
}

// New makes a guard.
func New(c Config) *Guard {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	limit := func(r rate) *limiter { return newLimiter(r, c.Clock) }
	return &Guard{
		Config: c, sessions: newSessions(c.Clock), recheck: recheckEvery,
		pages: limit(ratePages), recording: limit(rateRecording), unknown: limit(rateUnknown), login: limit(rateLogin),
	}
}

// Protect lets through to next what may pass.
func (g *Guard) Protect(next http.Handler) http.Handler {
	origins := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		if !known(r.Host, g.Hosts) {
			g.Refuse(w, r, http.StatusForbidden, fmt.Sprintf("This dashboard does not answer as %q: ask for localhost, or have it served with --host and that name.", hostname(r.Host)))
			return
		}
		if origins.Check(r) != nil || reads(r) && !SameOrigin(r) {
			g.Refuse(w, r, http.StatusForbidden, "A page of another origin may not read, write or listen here.")
			return
		}
		v, err := g.visitor(r)
		if ok, wait := g.allowance(r, v); !ok {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			g.Refuse(w, r, http.StatusTooManyRequests, fmt.Sprintf("Too much at once; try again in %d s.", int(math.Ceil(wait.Seconds()))))
			return
		}
		if err != nil && !isPublic(r) {
			g.stranger(w, r, err)
			return
		}
		ctx := context.WithValue(r.Context(), visitorKey{}, v)
		if why := forbidden(r, v); why != "" {
			g.Refuse(w, r.WithContext(ctx), http.StatusForbidden, why)
			return
		}
		if isUpgrade(r) && v.digest != "" {
			var stop func()
			ctx, stop = g.watched(ctx, v)
			defer stop()
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// allowance counts a request against its client's rate. Where nobody needs a token everybody is on this machine, and has all
// of it anyway.
func (g *Guard) allowance(r *http.Request, v Visitor) (ok bool, wait time.Duration) {
	switch {
	case !g.Required:
		return true, 0
	case isLogin(r):
		return g.login.take(clientOf(r.RemoteAddr))
	case v.digest == "":
		return g.unknown.take(clientOf(r.RemoteAddr))
	case strings.HasPrefix(r.URL.Path, "/api/"):
		return g.recording.take(v.digest)
	}
	return g.pages.take(v.digest + clientOf(r.RemoteAddr))
}

// stranger answers who is not known: programs with what is missing, a browser with the page of login.
func (g *Guard) stranger(w http.ResponseWriter, r *http.Request, err error) {
	if !isUnknown(err) {
		g.Refuse(w, r, http.StatusServiceUnavailable, "The tokens cannot be read right now: "+err.Error())
		return
	}
	if !navigates(r) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="inkstone"`)
		g.Refuse(w, r, http.StatusUnauthorized, err.Error())
		return
	}
	login := "/login?" + url.Values{"next": {r.URL.RequestURI()}}.Encode()
	w.Header().Set("Cache-Control", "no-store")
	if r.Header.Get("Sec-Fetch-Site") != "cross-site" {
		http.Redirect(w, r, login, http.StatusSeeOther)
		return
	}
	// A link on another site: the browser keeps the session's cookie back, also behind a redirect. It sends it when this site's
	// own page leads on, and the page of login then knows who came.
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	target := html.EscapeString(login)
	fmt.Fprintf(w, "<!doctype html><html lang=\"en\"><title>Inkstone</title><meta http-equiv=\"refresh\" content=\"0; url=%s\"><a href=\"%s\">Go on</a></html>\n", target, target)
}

// isUnknown tells a visitor without a valid token from a store that cannot be read.
func isUnknown(err error) bool {
	return errors.As(err, new(tracker.InvalidToken))
}

// forbidden says why a known visitor may not do what is asked; empty where it may be done. The choice of a theme changes
// nothing that is stored.
func forbidden(r *http.Request, v Visitor) string {
	switch {
	case reads(r) || isPublic(r) || r.URL.Path == "/theme":
		return ""
	case !v.May():
		return fmt.Sprintf("The token %q may only read; one made with `inkstone token create NAME --role write` may record and change.", v.Token)
	case v.Session && r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "":
		return "This browser does not say which page a form comes from; use a current one."
	}
	return ""
}

func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// isPublic tells what is open to all: the page of login, and the styles and scripts that are the same for everybody.
func isPublic(r *http.Request) bool {
	p := path.Clean(r.URL.Path)
	return p == "/login" || p == "/logout" || strings.HasPrefix(p, "/assets/")
}

func isLogin(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Path == "/login" }

// isUpgrade tells whether a request wants a websocket.
func isUpgrade(r *http.Request) bool { return r.Header.Get("Upgrade") != "" }

// navigates tells whether a browser asks for a page to show, and not for a part of one.
func navigates(r *http.Request) bool {
	if r.Method != http.MethodGet || isUpgrade(r) || r.Header.Get("Authorization") != "" {
		return false
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return false
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

// Within is where to go on after a login: an address of this server, or else the first page.
func Within(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return u.RequestURI()
}
