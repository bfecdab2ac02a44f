package server

import (
	"fmt"
	"net/http"
	"strings"

	"inkstone/tracker"
)

// changeTags changes the tags of a run: "set" is a tag, as round = 2, or just its name; "remove" is one that is taken away.
func (s *Server) changeTags(r *http.Request, run string) error {
	if err := parseForm(r); err != nil {
		return err
	}
	change := tracker.Retag{Set: map[string]string{}, Remove: r.PostForm["remove"]}
	for _, text := range r.PostForm["set"] {
		name, value, _ := strings.Cut(text, "=")
		if name = strings.TrimSpace(name); name == "" {
			return fmt.Errorf("%w: set=%q has no name; write a tag as \"round = 2\", or just its name", tracker.ErrInvalid, text)
		}
		if name == tracker.ExcludedTag {
			return fmt.Errorf("%w: the tag %q is set with a reason, where the run is excluded", tracker.ErrInvalid, name)
		}
		change.Set[name] = strings.TrimSpace(value)
	}
	if len(change.Set)+len(change.Remove) == 0 {
		return fmt.Errorf("%w: the form lacks the field \"set\" or \"remove\", which names a tag", tracker.ErrInvalid)
	}
	return s.Store.Tag(r.Context(), []string{run}, change)
}

// remove hides a run everywhere; it can come back until it is collected.
func (s *Server) remove(r *http.Request, run string) error {
	return s.Store.DeleteRuns(r.Context(), []string{run})
}

// restore brings a deleted run back.
func (s *Server) restore(r *http.Request, run string) error {
	return s.Store.UndeleteRuns(r.Context(), []string{run})
}
