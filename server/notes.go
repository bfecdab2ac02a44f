package server

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"inkstone/server/markdown"
	"inkstone/tracker"
)

// noteView is the note of an experiment or a run in a page; the template "note" shows it with its form.
type noteView struct {
	// Title heads it; Hint says what to write where nothing stands yet.
	Title string `json:"-"`
	Hint  string `json:"-"`
	// Action is the address that a new text is sent to.
	Action  string    `json:"-"`
	Text    string    `json:"text"`
	Written time.Time `json:"written,omitzero"`
	// Earlier are the versions before, the newest first.
	Earlier []tracker.Note `json:"earlier"`
}

// maxForm bounds the body of a note's form, where a byte of the text may take three.
const maxForm = 3<<20 + 1<<10

// HTML is the text as it is read.
func (n noteView) HTML() template.HTML { return markdown.HTML(n.Text) }

// Rendered is an earlier version as it is read.
func (n noteView) Rendered(earlier tracker.Note) template.HTML { return markdown.HTML(earlier.Text) }

// experimentNote reads what was learned from an experiment.
func (s *Server) experimentNote(ctx context.Context, name string) (noteView, error) {
	return s.note(ctx, tracker.Scope{Experiment: name}, noteView{
		Title: "What I learned", Action: "/experiments/" + url.PathEscape(name) + "/note",
		Hint: "Nothing yet. Write the answer to the question once you have one: what held, by how much, and what you would try next.",
	})
}

// runNote reads what was written about a run.
func (s *Server) runNote(ctx context.Context, id string) (noteView, error) {
	return s.note(ctx, tracker.Scope{Run: id}, noteView{
		Title: "Notes", Action: "/runs/" + url.PathEscape(id) + "/note",
		Hint: "Nothing yet. Write what is worth remembering of this run: what went wrong, what to look at, where a figure went.",
	})
}

// note fills a view with what the store holds. An empty text is a note that was taken away.
func (s *Server) note(ctx context.Context, about tracker.Scope, n noteView) (noteView, error) {
	n.Earlier = []tracker.Note{}
	versions, err := s.Store.Notes(ctx, about)
	if err != nil || len(versions) == 0 {
		return n, err
	}
	n.Text, n.Written = versions[0].Text, versions[0].Written
	for _, version := range versions[1:] {
		if version.Text != "" {
			n.Earlier = append(n.Earlier, version)
		}
	}
	return n, nil
}

// writeExperimentNote answers POST /experiments/{experiment}/note.
func (s *Server) writeExperimentNote(r *http.Request) (string, error) {
	name := r.PathValue("experiment")
	return "/experiments/" + url.PathEscape(name) + "#note", s.writeNote(r, tracker.Scope{Experiment: name})
}

// writeRunNote answers POST /runs/{run}/note.
func (s *Server) writeRunNote(r *http.Request) (string, error) {
	run, err := s.Store.Run(r.Context(), r.PathValue("run"))
	if err != nil {
		return "", err
	}
	return "/runs/" + run.ID + "#note", s.writeNote(r, tracker.Scope{Run: run.ID})
}

// writeNote keeps the field "text". Browsers send lines that end in CR LF.
func (s *Server) writeNote(r *http.Request, about tracker.Scope) error {
	var tooLarge *http.MaxBytesError
	if err := r.ParseForm(); errors.As(err, &tooLarge) {
		return fmt.Errorf("the note is too long: %w; a note has at most 1 MiB, keep what is longer as an artifact of a run", err)
	} else if err != nil {
		return fmt.Errorf("%w: the form cannot be read: %w", tracker.ErrInvalid, err)
	}
	if !r.PostForm.Has("text") {
		return fmt.Errorf("%w: the form lacks the field \"text\", which holds the note", tracker.ErrInvalid)
	}
	text := strings.TrimRight(strings.ReplaceAll(r.PostForm.Get("text"), "\r\n", "\n"), " \t\n")
	return s.Store.WriteNote(r.Context(), about, text)
}
