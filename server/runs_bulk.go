package server

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"inkstone/tracker"
)

// Runs are tagged so many in one transaction, so that nobody waits long to write; notes are written one by one, to so many
// runs at most.
const (
	taggedAtOnce = 500
	mostNoted    = 1000
)

// changeRuns answers POST /runs/change: what the form under the list asks for is done to the ticked runs, or to all that the
// filter selects. Its field "do" is tag, untag or note.
func (s *Server) changeRuns(r *http.Request) (string, error) {
	if err := parseForm(r); err != nil {
		return "", err
	}
	ctx, a := r.Context(), askedRuns(r)
	runs, err := s.chosenRuns(ctx, r, a)
	if err != nil {
		return "", err
	}
	name, value := strings.TrimSpace(r.PostForm.Get("tag")), strings.TrimSpace(r.PostForm.Get("value"))
	c := &bulkChange{Count: len(runs)}
	switch do := r.PostForm.Get("do"); do {
	case "tag":
		err = s.tagRuns(ctx, c, runs, name, value, tracker.Retag{Set: map[string]string{name: value}})
	case "untag":
		err = s.tagRuns(ctx, c, runs, name, "", tracker.Retag{Remove: []string{name}})
	case "note":
		err = s.noteRuns(ctx, c, runs, strings.TrimSpace(strings.ReplaceAll(r.PostForm.Get("note"), "\r\n", "\n")))
	default:
		err = fmt.Errorf("%w: the form's field \"do\" is %.40q; want tag, untag or note", tracker.ErrInvalid, do)
	}
	if err != nil {
		return "", err
	}
	v := a.values()
	v.Set("change", s.changes.keep(c))
	return runsAddress(v.Encode()), nil
}

// chosenRuns are the ticked runs, or all that the filter selects, if they are still as many as the reader has seen.
func (s *Server) chosenRuns(ctx context.Context, r *http.Request, a runsAsked) ([]string, error) {
	seen := r.PostForm.Get("all")
	if seen == "" {
		if len(r.PostForm["run"]) == 0 {
			return nil, fmt.Errorf("%w: no run is chosen; tick runs in the list, or the box for all that the filter selects", tracker.ErrInvalid)
		}
		return r.PostForm["run"], nil
	}
	q, err := s.Store.ParseQuery(ctx, a.Where, "")
	if err != nil {
		return nil, err
	}
	ordering, err := s.Store.Arrange(ctx, q)
	if err != nil {
		return nil, err
	}
	if n, err := strconv.Atoi(seen); err != nil || n != ordering.Len() {
		return nil, fmt.Errorf("%w: the filter selects %d runs now, and %.20s were confirmed; go back, look again, and confirm anew", tracker.ErrConflict, ordering.Len(), seen)
	}
	return s.Store.IDs(ctx, ordering, 0, ordering.Len())
}

func (s *Server) tagRuns(ctx context.Context, c *bulkChange, runs []string, name, value string, how tracker.Retag) error {
	if name == "" {
		return fmt.Errorf("%w: the tag needs a name", tracker.ErrInvalid)
	}
	before, err := s.Store.TagValues(ctx, name, runs)
	if err != nil {
		return err
	}
	c.tag, c.before, c.runs = name, before, runs
	c.Text = "without the tag " + name
	if len(how.Set) > 0 {
		c.Text = "tagged " + name
		if value != "" {
			c.Text += " = " + value
		}
	}
	return s.retag(ctx, runs, how)
}

// retag tags runs some at a time.
func (s *Server) retag(ctx context.Context, runs []string, how tracker.Retag) error {
	for done := 0; done < len(runs); done += taggedAtOnce {
		if err := s.Store.Tag(ctx, runs[done:min(done+taggedAtOnce, len(runs))], how); err != nil {
			return fmt.Errorf("after %d of %d runs: %w", done, len(runs), err)
		}
	}
	return nil
}

// noteRuns puts a paragraph behind the note of each run.
func (s *Server) noteRuns(ctx context.Context, c *bulkChange, runs []string, text string) error {
	switch {
	case text == "":
		return fmt.Errorf("%w: the note has no text", tracker.ErrInvalid)
	case len(runs) > mostNoted:
		return fmt.Errorf("%w: %d runs are chosen, and a note is written to at most %d at once; filter further, or tag them", tracker.ErrInvalid, len(runs), mostNoted)
	}
	c.Text, c.runs, c.before = "with a further note", runs, map[string]string{}
	for _, run := range runs {
		scope := tracker.Scope{Run: run}
		notes, err := s.Store.Notes(ctx, scope)
		if err != nil {
			return err
		}
		whole := text
		if len(notes) > 0 && notes[0].Text != "" {
			c.before[run] = notes[0].Text
			whole = notes[0].Text + "\n\n" + text
		}
		if err := s.Store.WriteNote(ctx, scope, whole); err != nil {
			return err
		}
	}
	return nil
}
