package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"inkstone/tracker"
)

// bulkChange is what was done to runs at once, with what it takes to undo it.
type bulkChange struct {
	Token string
	// Count runs are now as Text says.
	Count int
	Text  string
	runs  []string
	// tag is the name of the tag, "" where notes were written; before has the value or note of the runs that had one.
	tag    string
	before map[string]string
}

// mostChanges is how many changes can be undone.
const mostChanges = 20

// changes keeps the last changes, as long as the server runs.
type changes struct {
	mu   sync.Mutex
	list []*bulkChange
}

// keep gives the change a token that nobody guesses.
func (c *changes) keep(b *bulkChange) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	b.Token = rand.Text()
	if c.list = append(c.list, b); len(c.list) > mostChanges {
		c.list = slices.Delete(c.list, 0, 1)
	}
	return b.Token
}

// find is the change of a token, nil if it is not kept.
func (c *changes) find(token string) *bulkChange {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.list {
		if b.Token == token {
			return b
		}
	}
	return nil
}

func (c *changes) forget(b *bulkChange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = slices.DeleteFunc(c.list, func(x *bulkChange) bool { return x == b })
}

// undoChange answers POST /runs/undo: tags and notes are again what they were before a change.
func (s *Server) undoChange(r *http.Request) (string, error) {
	if err := parseForm(r); err != nil {
		return "", err
	}
	b := s.changes.find(r.PostForm.Get("change"))
	if b == nil {
		return "", fmt.Errorf("%w: this change cannot be undone any more; set the tag again by hand", tracker.ErrNotFound)
	}
	undo := s.undoTag
	if b.tag == "" {
		undo = s.undoNote
	}
	if err := undo(r.Context(), b); err != nil {
		return "", err
	}
	s.changes.forget(b)
	return askedRuns(r).Address(), nil
}

func (s *Server) undoTag(ctx context.Context, b *bulkChange) error {
	byValue := map[string][]string{}
	var without []string
	for _, run := range b.runs {
		if value, had := b.before[run]; had {
			byValue[value] = append(byValue[value], run)
		} else {
			without = append(without, run)
		}
	}
	for value, runs := range byValue {
		if err := s.retag(ctx, runs, tracker.Retag{Set: map[string]string{b.tag: value}}); err != nil {
			return err
		}
	}
	return s.retag(ctx, without, tracker.Retag{Remove: []string{b.tag}})
}

func (s *Server) undoNote(ctx context.Context, b *bulkChange) error {
	for _, run := range b.runs {
		if err := s.Store.WriteNote(ctx, tracker.Scope{Run: run}, b.before[run]); err != nil {
			return err
		}
	}
	return nil
}
