package tracker

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
)

// Retag changes the tags of runs: set gives tags their values ("" for one that is simply there), remove takes tags away.
type Retag struct {
	Set    map[string]string
	Remove []string
}

// maxTag bounds the bytes of a tag's name and of its value.
const maxTag = 1 << 10

func (r Retag) validate() error {
	for name, value := range r.Set {
		if name == "" || len(name) > maxTag || len(value) > maxTag {
			return fmt.Errorf("%w: tag %.40q has a name of %d bytes and a value of %d, want 1 to %d and at most %d",
				ErrInvalid, name, len(name), len(value), maxTag, maxTag)
		}
	}
	return nil
}

// Tag changes the tags of runs, of all of them or, on an error, of none.
func (s *Store) Tag(ctx context.Context, runs []string, r Retag) error {
	err := r.validate()
	if err == nil {
		err = s.transact(ctx, func(tx *sql.Tx) error {
			for _, run := range runs {
				if err := r.apply(ctx, tx, run); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("tag %d runs: %w", len(runs), err)
	}
	return nil
}

func (r Retag) apply(ctx context.Context, tx *sql.Tx, run string) error {
	experiment, err := runExperiment(ctx, tx, run)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(r.Set)) {
		if _, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO tags (run, name, value) SELECT number, ?, ? FROM runs WHERE id = ?", name, r.Set[name], run); err != nil {
			return err
		}
	}
	for _, name := range r.Remove {
		if _, err := tx.ExecContext(ctx, "DELETE FROM tags WHERE run = (SELECT number FROM runs WHERE id = ?) AND name = ?", run, name); err != nil {
			return err
		}
	}
	return addEvent(ctx, tx, Event{Kind: "tags", Experiment: experiment, Run: run})
}

func addTags(ctx context.Context, q queryer, runs map[string]*Run, where string, args []any) error {
	_, err := collect(ctx, q, func(rows *sql.Rows) (struct{}, error) {
		var id, name, value string
		err := rows.Scan(&id, &name, &value)
		if r := runs[id]; r != nil {
			r.Tags[name] = value
		}
		return struct{}{}, err
	}, "SELECT r.id, t.name, t.value FROM tags t JOIN runs r ON r.number = t.run WHERE "+where, args...)
	return err
}

// TagValues reads one tag of runs: its value, by the ids of those that have it.
func (s *Store) TagValues(ctx context.Context, name string, runs []string) (map[string]string, error) {
	values := map[string]string{}
	_, err := collect(ctx, s.read, func(rows *sql.Rows) (struct{}, error) {
		var id, value string
		err := rows.Scan(&id, &value)
		values[id] = value
		return struct{}{}, err
	}, "SELECT r.id, t.value FROM json_each(?) j JOIN runs r ON r.id = j.value JOIN tags t ON t.run = r.number WHERE t.name = ?", mustJSON(runs), name)
	if err != nil {
		return nil, fmt.Errorf("read the tag %q of %d runs: %w", name, len(runs), err)
	}
	return values, nil
}
