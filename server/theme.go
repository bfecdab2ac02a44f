package server

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"

	"inkstone/server/access"
	"inkstone/tracker"
)

// themeCookie keeps what a reader chose; without it a page follows the system.
const themeCookie = "inkstone-theme"

// theme is a look to choose.
type theme struct {
	Name, Label, Sign string
	// Dark is the media query under which dark pictures are shown.
	Dark string
}

var themes = []theme{{"system", "as the system", "◐", "(prefers-color-scheme: dark)"}, {"light", "light", "☀", "not all"}, {"dark", "dark", "☾", "all"}}

// functions are those of templates that depend on the theme.
func (t theme) functions() template.FuncMap {
	return template.FuncMap{"darkMedia": func() string { return t.Dark }}
}

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
	http.Redirect(w, r, access.Within(r.PostFormValue("back")), http.StatusSeeOther)
	return nil
}
