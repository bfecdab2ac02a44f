package server

import (
	"context"
	"errors"
	"sync"
	"time"

	"inkstone/tracker"
)

// overviews keeps what the first page says about each experiment, until something happens to it. What runs is read anew every
// time, since a run is lost without anybody saying so.
type overviews struct {
	server *Server

	mu      sync.Mutex
	version int64 // of the store, up to which events have been heeded
	known   map[string]experimentItem
	changed map[string]int64 // the version at which something other than points came to an experiment
	floor   int64            // that of experiments which are not in changed, at the latest
	sparks  map[string]spark // of what runs
}

// spark is the version of an experiment's small picture. While runs go on a newer one is shown only after a pause.
type spark struct {
	version int64
	at      time.Time
}

// sparkPause is the least time between two small pictures of the same experiment.
const sparkPause = 10 * time.Second

func newOverviews(s *Server) *overviews {
	return &overviews{server: s, known: map[string]experimentItem{}, changed: map[string]int64{}, sparks: map[string]spark{}}
}

// changedAt is the version of the store at which something other than points last came to an experiment, or a later one.
func (o *overviews) changedAt(ctx context.Context, experiment string) (int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	err := o.heed(ctx)
	return max(o.changed[experiment], o.floor), err
}

// mostEvents bounds what is read to learn what changed; after more than that everything is read again.
const mostEvents = 20

// list describes the experiments, the newest plan first.
func (o *overviews) list(ctx context.Context) ([]experimentItem, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.heed(ctx); err != nil {
		return nil, err
	}
	names, err := o.server.Store.ExperimentNames(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]experimentItem, 0, len(names))
	for _, name := range names {
		item, kept := o.known[name]
		if !kept {
			item, err = o.server.overview(ctx, name)
			if errors.Is(err, tracker.ErrNotFound) {
				continue // it was deleted meanwhile
			}
			if err != nil {
				return nil, err
			}
			if item.Counts[string(tracker.Running)] == 0 {
				item.version = o.version
				o.known[name] = item
			} else {
				item.version = o.sparkVersion(name)
			}
		}
		list = append(list, item)
	}
	return list, nil
}

// heed forgets the experiments to which something happened. Points alone change nothing that is kept.
func (o *overviews) heed(ctx context.Context) error {
	for range mostEvents {
		events, version, err := o.server.Store.Tail(ctx, o.version)
		if errors.Is(err, tracker.ErrReset) {
			break
		}
		if err != nil {
			return err
		}
		o.forget(events, version)
		if version == o.version {
			return nil
		}
		o.version = version
	}
	version, err := o.server.Store.Version(ctx)
	if err != nil {
		return err
	}
	o.version, o.floor = version, version
	clear(o.known)
	return nil
}

// sparkVersion is the version of the picture of an experiment that runs.
func (o *overviews) sparkVersion(name string) int64 {
	if kept, ok := o.sparks[name]; ok && time.Since(kept.at) < sparkPause {
		return kept.version
	}
	o.sparks[name] = spark{o.version, time.Now()}
	return o.version
}

// forget drops what the events are about, and every experiment that shows runs of another one.
func (o *overviews) forget(events []tracker.Event, version int64) {
	for _, event := range events {
		if event.Kind == "points" {
			continue
		}
		delete(o.known, event.Experiment)
		o.changed[event.Experiment] = version
		for name, item := range o.known {
			if item.borrows {
				delete(o.known, name)
				o.changed[name] = version
			}
		}
	}
}
