package server

import (
	"net/http"
	"path"
	"strings"
	"time"

	"inkstone/server/access"
	"inkstone/tracker/remote"
	"inkstone/viz"
)

// bounded refuses bodies above a limit.
func bounded(limit int64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	})
}

// refuse answers what the guard holds back: in the page of a failure where the visitor is known, and in a sentence elsewhere.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	w.Header().Set("Cache-Control", "no-store")
	if wantsJSON(r) {
		_ = writeJSON(w, status, remote.Failure{Error: why})
		return
	}
	if access.Of(r).Role != "" && s.render(w, r, status, view{"failure", http.StatusText(status), why}) == nil {
		return
	}
	http.Error(w, why, status)
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

// guarded puts the guard before every address.
func (s *Server) guarded(next http.Handler) http.Handler {
	s.guard = access.New(access.Config{Tokens: s.Store, Required: s.RequireToken, Hosts: s.Hosts, Refuse: s.refuse})
	return s.guard.Protect(next)
}
