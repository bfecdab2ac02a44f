package specimen

import (
	"context"
	"errors"
	"fmt"
	"time"

	"inkstone/tracker"
)

// Store is a filled store; Close lets go of the runs that go on, and closes it.
type Store struct {
	*tracker.Store
	// Runs are all runs, by experiment/variant/seed.
	Runs map[string]tracker.Run
	// Live are the runs that go on, by the same names: what is logged to them is seen in open pages.
	Live map[string]*tracker.Recorder

	clock *clock
	held  []*tracker.Attempting
}

// Open makes a store in a folder and fills it.
func Open(ctx context.Context, dir string) (*Store, error) {
	c := &clock{}
	c.behind.Store(int64(72 * time.Hour))
	store, err := tracker.Open(dir, tracker.Options{Clock: c.now})
	if err != nil {
		return nil, err
	}
	s := &Store{Store: store, Runs: map[string]tracker.Run{}, Live: map[string]*tracker.Recorder{}, clock: c}
	for _, study := range studies() {
		if study.goesOn() {
			c.behind.Store(int64(5 * time.Minute))
		}
		if err := s.record(ctx, study); err != nil {
			return nil, errors.Join(fmt.Errorf("make up experiment %s: %w", study.name, err), s.Close())
		}
	}
	c.arrive()
	return s, nil
}

// Close ends what goes on, as a process does that dies: the runs are lost from then on.
func (s *Store) Close() error {
	var failed error
	for _, recorder := range s.Live {
		failed = errors.Join(failed, recorder.Close(context.Background()))
	}
	for _, attempt := range s.held {
		attempt.Leave()
	}
	return errors.Join(failed, s.Store.Close())
}
