package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"inkstone/server/access"
	"inkstone/tracker"
	"inkstone/tracker/filter"
	"inkstone/tracker/remote"
)

// errNoPage answers an address that there is not.
var errNoPage = fmt.Errorf("%w: there is no such page", tracker.ErrNotFound)

// view is what a page shows: a template's name, a title, and the data for both forms.
type view struct {
	page, title string
	data        any
}

// page makes a handler that renders a view as HTML, or its data as JSON by Accept.
func (s *Server) page(show func(r *http.Request) (view, error)) http.Handler {
	return s.answer(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Vary", "Accept, Accept-Encoding, "+haveHeader)
		w.Header().Set("Cache-Control", "no-store")
		if have := r.Header.Get(haveHeader); have != "" {
			return s.answerChanged(w, r, show, have)
		}
		v, err := show(r)
		if err != nil {
			return err
		}
		if wantsJSON(r) {
			return writeJSON(w, http.StatusOK, v.data)
		}
		return s.render(w, r, http.StatusOK, v)
	})
}

// form makes a handler of what a page's form asks for: it changes the store and says which page shows the result. Programs
// get an empty object.
func (s *Server) form(change func(r *http.Request) (next string, err error)) http.Handler {
	return s.answer(func(w http.ResponseWriter, r *http.Request) error {
		next, err := change(r)
		if err != nil {
			return err
		}
		s.renderings.forget()
		if wantsJSON(r) {
			return writeJSON(w, http.StatusOK, struct{}{})
		}
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	})
}

// parseForm reads a form of what is changed.
func parseForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: the form cannot be read: %w", tracker.ErrInvalid, err)
	}
	return nil
}

// answer makes a handler of a function that may fail.
func (s *Server) answer(f func(w http.ResponseWriter, r *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil && !errors.Is(err, context.Canceled) {
			s.fail(w, r, err)
		}
	})
}

// fail writes every failure: its status, and a sentence.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := statusOf(err)
	w.Header().Set("Cache-Control", "no-store")
	if wantsJSON(r) {
		f := failure{Failure: remote.Failure{Error: err.Error()}}
		_ = errors.As(err, &f.Mistakes)
		_ = writeJSON(w, status, f)
		return
	}
	v := view{page: "failure", title: http.StatusText(status), data: err.Error()}
	if s.render(w, r, status, v) != nil {
		http.Error(w, err.Error(), status)
	}
}

// failure is how a failure reads for programs; a filter's mistakes have their places.
type failure struct {
	remote.Failure
	Mistakes filter.Errors `json:"mistakes,omitempty"`
}

func statusOf(err error) int {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, remote.ErrDamaged), errors.Is(err, remote.ErrCut):
		return http.StatusUnprocessableEntity
	case errors.Is(err, tracker.ErrStoreFull):
		return http.StatusInsufficientStorage
	case errors.Is(err, tracker.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, tracker.ErrConflict):
		return http.StatusConflict
	case errors.Is(err, tracker.ErrInvalid), errors.As(err, new(filter.Errors)):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return isAPI(r) || strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

// isAPI tells whether an address is for programs alone.
func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

func writeJSON(w http.ResponseWriter, status int, data any) error {
	text, err := json.MarshalIndent(data, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n'))
	return nil
}

// pages are the parsed templates, each with the layout around it, and what else lies in a page's folder.
type pages struct {
	byName map[string]*template.Template
	files  map[string]bool // "run/page.js"
}

// parseThemes reads the pages once for each theme, since a picture that follows the theme names it.
func parseThemes() map[string]*pages {
	byTheme := map[string]*pages{}
	for _, t := range themes {
		byTheme[t.Name] = parsePages(t)
	}
	return byTheme
}

// parsePages reads every folder of pages: page.html is its template, page.css and page.js are loaded with it where there are
// such. The templates of layout are those of every page.
func parsePages(t theme) *pages {
	p := &pages{map[string]*template.Template{}, map[string]bool{}}
	shared := template.Must(template.New("layout").Funcs(functions).Funcs(t.functions()).ParseFS(assets, "pages/layout/*.html"))
	found, err := fs.Glob(assets, "pages/*/*")
	if err != nil {
		panic(err) // the pattern is whole
	}
	for _, file := range found {
		p.files[strings.TrimPrefix(file, "pages/")] = true
		if name := path.Base(path.Dir(file)); path.Base(file) == "page.html" && name != "layout" {
			p.byName[name] = template.Must(template.Must(shared.Clone()).ParseFS(assets, file))
		}
	}
	return p
}

// render renders to a buffer first, so that a failure is a failure and no half page.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, v view) error {
	var out bytes.Buffer
	chosen := themeOf(r)
	pages := s.pages[chosen]
	err := pages.byName[v.page].ExecuteTemplate(&out, "layout", frame{
		Page: v.page, Title: v.title, Data: v.data, Version: s.Version, Store: s.Store.Dir(),
		Style: pages.files[v.page+"/page.css"], Script: pages.files[v.page+"/page.js"],
		Here: pageOf(r), Theme: chosen, Visitor: access.Of(r), Themes: themes, Places: places(r.URL.Path),
	})
	if err != nil {
		return fmt.Errorf("render %s: %w", v.page, err)
	}
	page, err := pages.markRegions(out.Bytes(), v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page)
	return nil
}

// renderPart renders one template of a page by itself, for its script.
func (s *Server) renderPart(w http.ResponseWriter, r *http.Request, page, template string, data any) error {
	var out bytes.Buffer
	if err := s.pages[themeOf(r)].byName[page].ExecuteTemplate(&out, template, data); err != nil {
		return fmt.Errorf("render %s of %s: %w", template, page, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(out.Bytes())
	return nil
}
