package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"inkstone/tracker"
)

// themeCookie keeps what a reader chose; without it a page follows the system.
const themeCookie = "inkstone-theme"

// theme is a look to choose.
type theme struct{ Name, Label, Sign string }

var themes = []theme{{"system", "as the system", "◐"}, {"light", "light", "☀"}, {"dark", "dark", "☾"}}

// themeOf is what a request's reader chose: "light", "dark", or "system".
func themeOf(r *http.Request) string {
	if cookie, err := r.Cookie(themeCookie); err == nil && isTheme(cookie.Value) {
		return cookie.Value
	}
	return "system"
}

func isTheme(name string) bool {
	return slices.ContainsFunc(themes, func(t theme) bool { return t.Name == name })
}

// chooseTheme answers POST /theme: it keeps the choice in a cookie and goes back to where the form stood.
func (s *Server) chooseTheme(w http.ResponseWriter, r *http.Request) error {
	name := r.PostFormValue("theme")
	if !isTheme(name) {
		return fmt.Errorf("%w: theme=%.40q is none; choose system, light or dark", tracker.ErrInvalid, name)
	}
	http.SetCookie(w, &http.Cookie{
		Name: themeCookie, Value: name, Path: "/", MaxAge: 400 * 24 * 3600, SameSite: http.SameSiteLaxMode, HttpOnly: true, Secure: r.TLS != nil,
	})
	if wantsJSON(r) {
		return writeJSON(w, http.StatusOK, struct{}{})
	}
	http.Redirect(w, r, here(r.PostFormValue("back")), http.StatusSeeOther)
	return nil
}

// here is an address of this server: a path with its query, or the first page where a form names anything else.
func here(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(address, "\\") {
		return "/"
	}
	return u.RequestURI()
}
