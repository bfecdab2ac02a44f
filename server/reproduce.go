package server

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// plain are words that a shell takes as they are.
var plain = regexp.MustCompile(`^[\w./:=@,+-]+$`)

// Quoted is a text as one word of a command line.
func (d experimentData) Quoted(text string) string {
	if plain.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// spec answers GET /experiments/{experiment}/spec.yaml: the spec as it was read.
func (s *Server) spec(w http.ResponseWriter, r *http.Request) error {
	plan, err := s.Store.Plan(r.Context(), r.PathValue("experiment"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename*=UTF-8''%s.yaml", url.PathEscape(plan.Name)))
	_, _ = w.Write([]byte(plan.Source))
	return nil
}
