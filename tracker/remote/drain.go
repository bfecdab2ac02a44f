package remote

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"inkstone/tracker"
)

// Drain sends what a dead process left in a journal, until all of it is sent, ctx ends, or the server refuses for good. It
// tells of its progress, and returns what is left; the error is then ErrPending.
func Drain(ctx context.Context, c Config, progress func(Pending)) (Pending, error) {
	if !isJournal(c.Dir) {
		return Pending{}, fmt.Errorf("send journal %q: %w: there is none", c.Dir, tracker.ErrNotFound)
	}
	client, err := Open(c)
	if err != nil {
		return Pending{}, err
	}
	for {
		p, changed := client.ledger.snapshot()
		if progress != nil {
			progress(p)
		}
		if p.Frames == 0 || client.ledger.failure() != nil || ctx.Err() != nil {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
	err = client.Close(ctx)
	return client.Pending(), err
}

// Journals lists the journals in a folder: itself, or those right below it.
func Journals(dir string) (dirs []string, err error) {
	if isJournal(dir) {
		return []string{dir}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("look for journals: %w", err)
	}
	for _, e := range entries {
		if sub := filepath.Join(dir, e.Name()); isJournal(sub) {
			dirs = append(dirs, sub)
		}
	}
	return dirs, nil
}

func isJournal(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, identityName))
	return err == nil
}
