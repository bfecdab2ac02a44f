package tracker

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Note is what somebody wrote about a run or an experiment, in Markdown.
type Note struct {
	Text    string    `json:"text"`
	Written time.Time `json:"written"`
}

// maxNote bounds the bytes of a note.
const maxNote = 1 << 20

// WriteNote makes a text the note of a run or an experiment. What stood there before stays in its history; an empty text
// takes the note away.
func (s *Store) WriteNote(ctx context.Context, about Scope, text string) error {
	err := about.validate()
	if err == nil && len(text) > maxNote {
		err = fmt.Errorf("%w: the note has %d bytes, at most %d are kept", ErrInvalid, len(text), maxNote)
	}
	if err == nil {
		err = s.transact(ctx, func(tx *sql.Tx) error {
			experiment, err := about.find(ctx, tx)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "INSERT INTO notes (experiment, run, text, written) VALUES (?, ?, ?, ?)",
				about.Experiment, about.Run, text, micros(s.clock())); err != nil {
				return err
			}
			return addEvent(ctx, tx, Event{Kind: "note", Experiment: experiment, Run: about.Run})
		})
	}
	if err != nil {
		return fmt.Errorf("write a note: %w", err)
	}
	return nil
}

// Notes lists what was ever written about a run or an experiment, the current note first.
func (s *Store) Notes(ctx context.Context, about Scope) ([]Note, error) {
	list, err := collect(ctx, s.read, func(r *sql.Rows) (n Note, err error) {
		var written int64
		err = r.Scan(&n.Text, &written)
		n.Written = fromMicros(written)
		return n, err
	}, "SELECT text, written FROM notes WHERE experiment = ? AND run = ? ORDER BY id DESC", about.Experiment, about.Run)
	if err != nil {
		return nil, fmt.Errorf("read notes: %w", err)
	}
	return list, nil
}

func (s Scope) validate() error {
	if (s.Experiment == "") == (s.Run == "") {
		return fmt.Errorf("%w: name a run or an experiment, and not both", ErrInvalid)
	}
	return nil
}

// find returns the experiment that the scope belongs to, and fails where there is no such thing.
func (s Scope) find(ctx context.Context, tx *sql.Tx) (experiment string, err error) {
	if s.Run != "" {
		return runExperiment(ctx, tx, s.Run)
	}
	var there bool
	if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM experiments WHERE name = ?)", s.Experiment).Scan(&there); err != nil {
		return "", err
	}
	if !there {
		return "", fmt.Errorf("%w: there is no experiment %q", ErrNotFound, s.Experiment)
	}
	return s.Experiment, nil
}
