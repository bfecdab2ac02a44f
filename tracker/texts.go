package tracker

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// Text is what a model wrote at a step: a prompt, its output, and the settings of the generation.
type Text struct {
	// Name tells prompts apart: "prompt-0".
	Name   string    `json:"name"`
	Step   int64     `json:"step"`
	Time   time.Time `json:"time"`
	Prompt string    `json:"prompt"`
	Output string    `json:"output"`
	// Settings is a JSON object: temperature, seed …; empty means none.
	Settings json.RawMessage `json:"settings"`
}

// maxText bounds the bytes of a prompt and an output together.
const maxText = 16 << 20

func (t Text) validate() error {
	var settings map[string]json.RawMessage
	switch {
	case t.Name == "" || len(t.Name) > maxName:
		return fmt.Errorf("%w: its name has %d bytes, want 1 to %d", ErrInvalid, len(t.Name), maxName)
	case len(t.Prompt)+len(t.Output) > maxText:
		return fmt.Errorf("%w: it has %d bytes, at most %d are kept", ErrInvalid, len(t.Prompt)+len(t.Output), maxText)
	case json.Unmarshal(t.Settings, &settings) != nil:
		return fmt.Errorf("%w: its settings are no JSON object: %.80q", ErrInvalid, t.Settings)
	}
	return nil
}

// Texts writes text samples together. sequence is the last batch before them: a resume from before that batch supersedes
// them.
func (a *Attempting) Texts(ctx context.Context, texts []Text, sequence int64) error {
	err := a.store.transact(ctx, func(tx *sql.Tx) error {
		for _, t := range texts {
			if len(t.Settings) == 0 {
				t.Settings = json.RawMessage("{}")
			}
			if err := t.validate(); err != nil {
				return fmt.Errorf("%q at step %d: %w", t.Name, t.Step, err)
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO texts (run, attempt, sequence, name, step, time, prompt, output, settings)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, a.run, a.number, sequence, t.Name, t.Step, micros(t.Time), t.Prompt, t.Output, string(t.Settings)); err != nil {
				return err
			}
		}
		experiment, err := runExperiment(ctx, tx, a.run)
		if err != nil {
			return err
		}
		return addEvent(ctx, tx, Event{Kind: "text", Experiment: experiment, Run: a.run})
	})
	if err != nil {
		return fmt.Errorf("write text samples of run %s: %w", a.run, err)
	}
	return nil
}

// Texts lists the text samples of a run that no resume superseded, by step and name.
func (s *Store) Texts(ctx context.Context, run string) ([]Text, error) {
	list, err := collect(ctx, s.read, func(r *sql.Rows) (t Text, err error) {
		var at int64
		var settings string
		err = r.Scan(&t.Name, &t.Step, &at, &t.Prompt, &t.Output, &settings)
		t.Time, t.Settings = fromMicros(at), json.RawMessage(settings)
		return t, err
	}, `SELECT x.name, x.step, x.time, x.prompt, x.output, x.settings FROM texts x JOIN attempts a ON a.run = x.run AND a.number = x.attempt
		WHERE x.run = ? AND x.sequence <= coalesce(a.kept_sequence, x.sequence) ORDER BY x.step, x.name, x.id`, run)
	if err != nil {
		return nil, fmt.Errorf("read the text samples of run %s: %w", run, err)
	}
	return list, nil
}
