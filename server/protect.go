package server

import (
	"net"
	"net/http"
	"net/netip"
	"path"
	"strings"
	"time"

	"inkstone/tracker/remote"
	"inkstone/viz"
)

// policy lets a page load nothing but what this server sends, and no inline script or style.
const policy = "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// figurePolicy is that of an SVG opened by itself: gonum writes style attributes, and embeds rasters as data.
const figurePolicy = "default-src 'none'; style-src-attr 'unsafe-inline'; img-src data:; frame-ancestors 'none'"

// bounded refuses bodies above a limit.
func bounded(limit int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	})
}

// protect guards every address: requests under a foreign name (DNS rebinding) and cross-origin writes are refused, and
// answers carry their policy.
func protect(next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, "A page of another origin may not write here.")
	}))
	guarded := sameOrigin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(r.Host) {
			refuse(w, r, "This dashboard answers on this machine alone, as localhost or 127.0.0.1.")
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		guarded.ServeHTTP(w, r)
	})
}

// refuse answers what a guard holds back.
func refuse(w http.ResponseWriter, r *http.Request, why string) {
	if isAPI(r) {
		_ = writeJSON(w, http.StatusForbidden, remote.Failure{Error: why})
		return
	}
	http.Error(w, why, http.StatusForbidden)
}

// loopback tells whether a Host header names this machine.
func loopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && ip.IsLoopback()
}

// onlyAssets serves styles and scripts, not the templates beside them.
func onlyAssets(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path.Ext(r.URL.Path) {
		case ".css", ".js", ".svg":
			w.Header().Set("Cache-Control", "no-cache")
			next.ServeHTTP(w, r)
		default:
			http.NotFound(w, r)
		}
	})
}

// styleSheet answers the look of figures, for pages.
func (s *Server) styleSheet(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "look.css", time.Time{}, strings.NewReader(viz.StyleSheet()))
	return nil
}
