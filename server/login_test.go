package server

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/gorilla/websocket"

	"inkstone/internal/browser"
	"inkstone/tracker"
)

// locked is a store with one experiment whose server asks for tokens.
type locked struct {
	*bench
	reader, writer string
}

// newLocked serves with TLS or, as behind a proxy on the same machine, without.
func newLocked(t *testing.T, start func(http.Handler) *httptest.Server) locked {
	t.Helper()
	l := locked{bench: newBench(t, "other")}
	var err error
	l.reader, _, err = l.store.CreateToken(t.Context(), "wall", tracker.RoleRead, time.Time{})
	l.must(err)
	l.writer, _, err = l.store.CreateToken(t.Context(), "ci", tracker.RoleWrite, time.Time{})
	l.must(err)
	s := New(Config{Store: l.store, Version: "test", RequireToken: true, Hosts: []string{"lab.example"}})
	l.server = start(s.Handler())
	t.Cleanup(func() { s.live.Close(); l.server.Close() })
	return l
}

// TestTokensOverTLS comes as a program and as a browser without scripts.
func TestTokensOverTLS(t *testing.T) {
	l := newLocked(t, httptest.NewTLSServer)
	ask := func(method, path string, header ...string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, l.server.URL+path, nil)
		l.must(err)
		for _, h := range header {
			name, value, _ := strings.Cut(h, ": ")
			r.Header.Set(name, value)
		}
		answer, err := l.server.Client().Do(r)
		l.must(err)
		t.Cleanup(func() { answer.Body.Close() })
		return answer
	}
	reads, writes := "Authorization: Bearer "+l.reader, "Authorization: Bearer "+l.writer
	for name, c := range map[string]struct {
		method, path string
		header       []string
		status       int
	}{
		"a page without a token":     {"GET", "/runs", nil, 401},
		"JSON without a token":       {"GET", "/", []string{"Accept: application/json"}, 401},
		"a figure without a token":   {"GET", "/figures/curves.svg?experiment=study", nil, 401},
		"a page that there is not":   {"GET", "/nowhere", nil, 401},
		"a page":                     {"GET", "/runs", []string{reads}, 200},
		"a figure":                   {"GET", "/figures/curves.svg?experiment=study", []string{reads}, 200},
		"a check by a reader":        {"POST", "/store/check", []string{reads}, 403},
		"a run by a reader":          {"POST", "/api/runs", []string{reads}, 403},
		"a check by a writer":        {"POST", "/store/stop", []string{writes}, 200},
		"completion by a reader":     {"GET", "/api/complete?text=s", []string{reads}, 200},
		"a style without a token":    {"GET", "/assets/layout/page.css", nil, 200},
		"a template without a token": {"GET", "/assets/store/page.html", nil, 404},
	} {
		t.Run(name, func(t *testing.T) {
			if answer := ask(c.method, c.path, c.header...); answer.StatusCode != c.status {
				t.Errorf("status %d, want %d", answer.StatusCode, c.status)
			}
		})
	}
	t.Run("the websocket", func(t *testing.T) {
		dialer := websocket.Dialer{TLSClientConfig: l.server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()}
		dialer.TLSClientConfig.NextProtos = []string{"http/1.1"}
		address := "wss" + strings.TrimPrefix(l.server.URL, "https") + "/live?after=0"
		if _, answer, err := dialer.Dial(address, nil); err == nil || answer == nil || answer.StatusCode != 401 {
			t.Errorf("without a token: %v, %v", answer, err)
		}
		conn, _, err := dialer.Dial(address, http.Header{"Authorization": {"Bearer " + l.reader}})
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
	})
	t.Run("a form of login", func(t *testing.T) {
		jar, err := cookiejar.New(nil)
		l.must(err)
		client := *l.server.Client()
		client.Jar = jar
		enter := func(token string) (string, int) {
			t.Helper()
			answer, err := client.PostForm(l.server.URL+"/login", url.Values{"token": {token}, "next": {"/runs?where=seed+%3D+1"}})
			l.must(err)
			defer answer.Body.Close()
			return answer.Request.URL.RequestURI(), answer.StatusCode
		}
		if at, status := enter("inkstone_guess"); status != 401 || at != "/login" {
			t.Errorf("a guess: %d at %s", status, at)
		}
		if at, status := enter(l.reader); status != 200 || at != "/runs?where=seed+%3D+1" {
			t.Errorf("a token: %d at %s", status, at)
		}
		l.must(l.store.RevokeToken(t.Context(), "wall"))
		answer, err := client.Get(l.server.URL + "/runs")
		l.must(err)
		answer.Body.Close()
		if answer.StatusCode != 401 {
			t.Errorf("a revoked token's session: status %d", answer.StatusCode)
		}
	})
}

// TestLoginInABrowser walks through the page of login.
func TestLoginInABrowser(t *testing.T) {
	web := browser.Open(t)
	l := newLocked(t, httptest.NewServer)
	show := func(token string) {
		web.Do(chromedp.SetValue("#token", token), chromedp.Submit("#token"))
	}
	web.Do(chromedp.Navigate(l.server.URL + "/runs?where=seed+%3D+1"))
	web.Until(`document.body.dataset.page === 'login'`)
	web.Picture("login")
	t.Run("axe", func(t *testing.T) { web.Axe(t) })
	show("inkstone_guess")
	web.Until(`document.querySelector('[role=alert]')?.textContent.includes('mistyped, or revoked')`)
	web.Picture("login-mistake")
	t.Run("axe after a mistake", func(t *testing.T) { web.Axe(t) })
	show(l.reader)
	web.Until(`document.body.dataset.page === 'runs' && location.search === '?where=seed+%3D+1'`)
	web.Until(`document.getElementById('connection').textContent === 'live'`)
	if cookie := browser.Read(web, chromedp.Evaluate[string](`document.cookie`)); cookie != "" {
		t.Errorf("scripts see the cookie %q", cookie)
	}

	t.Run("a reader has no forms that change", func(t *testing.T) {
		web.Do(chromedp.Navigate(l.server.URL + "/store"))
		for selector, want := range map[string]int{`form[action="/store/check"]`: 0, `form[action="/store/revoke"]`: 0, `form[action="/store/backup"]`: 0, `form[action="/logout"]`: 1} {
			if n := browser.Read(web, chromedp.Evaluate[int](`document.querySelectorAll('`+selector+`').length`)); n != want {
				t.Errorf("%d of %s", n, selector)
			}
		}
	})
	t.Run("nor has any other page", func(t *testing.T) {
		web.Do(chromedp.Navigate(l.server.URL + "/experiments/study"))
		shown := browser.Read(web, chromedp.Evaluate[string](`[...document.querySelectorAll('form[method=post]')].filter((form) => form.checkVisibility()).map((form) => form.getAttribute('action')).join()`))
		if shown != "/theme,/logout" {
			t.Errorf("a reader sees the forms %s", shown)
		}
		web.Do(browser.Click(`form.theme button[value=dark]`))
		web.Until(`document.documentElement.dataset.theme === 'dark'`)
	})
	t.Run("a link on another site finds the session", func(t *testing.T) {
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<a id="there" href="` + l.server.URL + `/runs?where=seed+%3D+2">there</a>`))
		}))
		defer other.Close()
		web.Do(chromedp.Navigate(strings.Replace(other.URL, "127.0.0.1", "localhost", 1)), browser.Click("#there"))
		web.Until(`document.body?.dataset.page === 'runs' && location.search === '?where=seed+%3D+2'`)
	})
	t.Run("logging out ends it", func(t *testing.T) {
		web.Do(chromedp.Navigate(l.server.URL+"/store"), chromedp.Submit(`form[action="/logout"]`))
		web.Until(`document.body.dataset.page === 'login'`)
		web.Do(chromedp.Navigate(l.server.URL + "/runs"))
		web.Until(`document.body.dataset.page === 'login'`)
	})
}

// TestTheStoreInABrowser has a check begun by a click, and its end shown without reloading.
func TestTheStoreInABrowser(t *testing.T) {
	web := browser.Open(t)
	b := newBench(t, "other")
	b.finish()
	_, _, err := b.store.CreateToken(t.Context(), "wall screen", tracker.RoleRead, time.Now().Add(time.Hour))
	b.must(err)
	b.must(b.store.DeleteRuns(t.Context(), []string{b.runs["other/2"].ID}))
	web.Do(chromedp.Navigate(b.server.URL+"/store"), browser.Click(`form[action="/store/check"] button`))
	web.Until(`document.getElementById('upkeep')?.textContent.includes('everything sound')`)
	web.Until(`document.getElementById('usage').textContent.includes('Measured')`) // the page has its length
	web.Do(browser.Click(`form[action="/store/backup"] button`))
	web.Until(`document.getElementById('copies')?.textContent.includes('sound when made')`)
	web.Picture("store")
	web.Do(browser.Scheme("dark"))
	web.Picture("store-dark")
	web.Do(chromedp.EmulateViewport(360, 800))
	web.Picture("store-narrow")
	if width := browser.Read(web, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); width > 360 {
		t.Errorf("the page is %d pixels wide on a screen of 360", width)
	}
	web.Do(browser.Click(`#bin input[name=run]`), browser.Click(`#bin button`))
	web.Until(`document.getElementById('bin')?.textContent.includes('None.')`)
	web.Silent()
}
