package server

import (
	"context"
	"net/http"
	"strings"

	"inkstone/tracker"
)

// savedView is a named view as a link.
type savedView struct {
	tracker.SavedView
	// Current tells that the page shows it.
	Current bool
}

// Address is that of the page with the view.
func (v savedView) Address() string { return runsAddress(v.Query) }

func (s *Server) savedViews(ctx context.Context, current string) ([]savedView, error) {
	list, err := s.Store.SavedViews(ctx)
	views := make([]savedView, len(list))
	for i, v := range list {
		views[i] = savedView{v, v.Query == current}
	}
	return views, err
}

// saveView answers POST /runs/views: the view of the form's fields gets a name.
func (s *Server) saveView(r *http.Request) (string, error) {
	if err := parseForm(r); err != nil {
		return "", err
	}
	a := askedRuns(r)
	return a.Address(), s.Store.SaveView(r.Context(), strings.TrimSpace(r.FormValue("name")), a.Query())
}

// deleteView answers POST /runs/views/delete.
func (s *Server) deleteView(r *http.Request) (string, error) {
	if err := parseForm(r); err != nil {
		return "", err
	}
	return "/runs", s.Store.DeleteView(r.Context(), r.PostForm.Get("name"))
}

// listViews answers GET /api/views, for programs.
func (s *Server) listViews(r *http.Request) (any, error) {
	list, err := s.Store.SavedViews(r.Context())
	return struct {
		Views []tracker.SavedView `json:"views"`
	}{append([]tracker.SavedView{}, list...)}, err
}
