package archive

import (
	"encoding/json"
	"fmt"
	"io"

	"inkstone/tracker"
)

// lines reads a JSON value a line.
type lines struct{ from *json.Decoder }

func newLines(from io.Reader) *lines {
	d := json.NewDecoder(from)
	d.DisallowUnknownFields()
	return &lines{d}
}

// next reads a value. There must be one.
func (l *lines) next(to any) error {
	if err := l.from.Decode(to); err != nil {
		return fmt.Errorf("%w: %w", tracker.ErrInvalid, err)
	}
	return nil
}

// end refuses values that nobody has read.
func (l *lines) end() error {
	if l.from.More() {
		return fmt.Errorf("%w: more lines than things that they are about", tracker.ErrInvalid)
	}
	return nil
}

// readTexts visits text samples.
func readTexts(from io.Reader, visit func(t tracker.TextRecord) error) error {
	for l := newLines(from); l.from.More(); {
		var t tracker.TextRecord
		if err := l.next(&t); err != nil {
			return err
		}
		if err := visit(t); err != nil {
			return err
		}
	}
	return nil
}

// entry is a run in runs.json.
type entry struct {
	tracker.RunRecord
	Content string `json:"content_sha256"`
}

// readRuns visits the runs of runs.json, one at a time.
func readRuns(from io.Reader, visit func(e entry) error) error {
	l := newLines(from)
	if token, err := l.from.Token(); err != nil || token != json.Delim('[') {
		return fmt.Errorf("%w: no array of runs: %v, %w", tracker.ErrInvalid, token, err)
	}
	seen := map[string]bool{}
	for l.from.More() {
		var e entry
		if err := l.next(&e); err != nil {
			return err
		}
		if seen[e.ID] {
			return fmt.Errorf("%w: run %.80q stands there twice", tracker.ErrInvalid, e.ID)
		}
		seen[e.ID] = true
		if err := visit(e); err != nil {
			return err
		}
	}
	if _, err := l.from.Token(); err != nil {
		return fmt.Errorf("%w: the array of runs has no end: %w", tracker.ErrInvalid, err)
	}
	if _, err := l.from.Token(); err != io.EOF {
		return fmt.Errorf("%w: something stands behind the array of runs", tracker.ErrInvalid)
	}
	return nil
}
