package server

import (
	"errors"
	"net/http"

	"inkstone/server/access"
	"inkstone/tracker"
)

// loginData is the page on which a browser shows its token.
type loginData struct {
	// Next is where it goes on.
	Next string `json:"next"`
	// Mistake says what was wrong with the last one.
	Mistake string `json:"mistake,omitempty"`
}

// login answers GET /login. Who is known already goes on.
func (s *Server) login(w http.ResponseWriter, r *http.Request) error {
	next := access.Within(r.FormValue("next"))
	w.Header().Set("Cache-Control", "no-store")
	if !s.RequireToken || access.Of(r).Role != "" {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	return s.showLogin(w, r, http.StatusOK, loginData{Next: next})
}

func (s *Server) showLogin(w http.ResponseWriter, r *http.Request, status int, data loginData) error {
	if wantsJSON(r) {
		return writeJSON(w, status, data)
	}
	return s.render(w, r, status, view{"login", "Log in", data})
}

// logIn answers POST /login, whose form has a token.
func (s *Server) logIn(w http.ResponseWriter, r *http.Request) error {
	next := access.Within(r.PostFormValue("next"))
	w.Header().Set("Cache-Control", "no-store")
	err := s.guard.Login(w, r, r.PostFormValue("token"))
	if errors.As(err, new(tracker.InvalidToken)) {
		return s.showLogin(w, r, http.StatusUnauthorized, loginData{Next: next, Mistake: err.Error()})
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// logOut answers POST /logout.
func (s *Server) logOut(w http.ResponseWriter, r *http.Request) error {
	s.guard.Logout(w, r)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}
