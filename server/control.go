package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"inkstone/server/access"
	"inkstone/tracker"
)

// want makes a handler that says what is wanted of an experiment, "run" or "stop"; the dispatcher follows.
func (s *Server) want(desired string) http.Handler {
	return s.form(func(r *http.Request) (string, error) {
		name := r.PathValue("experiment")
		return "/experiments/" + url.PathEscape(name), s.Store.SetDesired(r.Context(), tracker.Scope{Experiment: name}, desired)
	})
}

// wantRun makes a handler that says what is wanted of a run.
func (s *Server) wantRun(desired string) http.Handler {
	return s.changeRun(func(r *http.Request, run string) error {
		return s.Store.SetDesired(r.Context(), tracker.Scope{Run: run}, desired)
	})
}

// changeRun makes a handler of a change to the run of the address, which shows the page that the field "back" names, or else
// the run's.
func (s *Server) changeRun(change func(r *http.Request, run string) error) http.Handler {
	return s.form(func(r *http.Request) (string, error) {
		run, err := s.Store.Run(r.Context(), r.PathValue("run"))
		if err != nil {
			return "", err
		}
		back := "/runs/" + run.ID
		if asked := r.PostFormValue("back"); asked != "" {
			back = access.Within(asked)
		}
		return back, change(r, run.ID)
	})
}

// exclude takes a run out of tables and figures for the reason in the field "reason", which they state.
func (s *Server) exclude(r *http.Request, run string) error {
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	if reason == "" {
		return fmt.Errorf("%w: say why the run is excluded, in the field \"reason\"; tables state it", tracker.ErrInvalid)
	}
	return s.Store.Tag(r.Context(), []string{run}, tracker.Retag{Set: map[string]string{tracker.ExcludedTag: reason}})
}

// include makes an excluded run count again.
func (s *Server) include(r *http.Request, run string) error {
	return s.Store.Tag(r.Context(), []string{run}, tracker.Retag{Remove: []string{tracker.ExcludedTag}})
}
