package tracker

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// SavedView is a named way to look at the list of runs.
type SavedView struct {
	Name string `json:"name"`
	// Query is what the list's address says of it, encoded as there.
	Query string    `json:"query"`
	Saved time.Time `json:"saved"`
}

// The most characters of a saved view's name, and bytes of its query.
const (
	maxViewName  = 100
	maxViewQuery = 64 << 10
)

func (v SavedView) validate() error {
	if n := utf8.RuneCountInString(v.Name); n == 0 || n > maxViewName || strings.TrimSpace(v.Name) != v.Name {
		return fmt.Errorf("%w: %.120q names no view; want 1 to %d characters without spaces around them", ErrInvalid, v.Name, maxViewName)
	}
	if len(v.Query) > maxViewQuery {
		return fmt.Errorf("%w: the view has %d bytes, at most %d are kept", ErrInvalid, len(v.Query), maxViewQuery)
	}
	return nil
}

// SaveView keeps a view under its name, in place of one that had it.
func (s *Store) SaveView(ctx context.Context, name, query string) error {
	v := SavedView{Name: name, Query: query}
	err := v.validate()
	if err == nil {
		err = s.transact(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO views (name, query, saved) VALUES (?, ?, ?)", v.Name, v.Query, micros(s.clock()))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("save a view: %w", err)
	}
	return nil
}

// SavedViews lists the views, by name.
func (s *Store) SavedViews(ctx context.Context) ([]SavedView, error) {
	list, err := collect(ctx, s.read, func(r *sql.Rows) (v SavedView, err error) {
		var saved int64
		err = r.Scan(&v.Name, &v.Query, &saved)
		v.Saved = fromMicros(saved)
		return v, err
	}, "SELECT name, query, saved FROM views ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("list the saved views: %w", err)
	}
	return list, nil
}

// DeleteView forgets a view; ErrNotFound if there is none of the name.
func (s *Store) DeleteView(ctx context.Context, name string) error {
	err := s.transact(ctx, func(tx *sql.Tx) error {
		row, err := tx.ExecContext(ctx, "DELETE FROM views WHERE name = ?", name)
		if err != nil {
			return err
		}
		if n, err := row.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return fmt.Errorf("%w: there is no view %q", ErrNotFound, name)
	})
	if err != nil {
		return fmt.Errorf("delete a view: %w", err)
	}
	return nil
}
