package server

import (
	"context"
	"errors"
	"sync"
	"time"

	"inkstone/notebooks"
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

// overview reads one experiment.
func (s *Server) overview(ctx context.Context, name string) (experimentItem, error) {
	plan, err := s.Store.Plan(ctx, name)
	if err != nil {
		return experimentItem{}, err
	}
	item := experimentItem{
		Name: plan.Name, Question: plan.Question, Updated: plan.Updated, Variants: len(plan.Variants), Seeds: len(plan.Seeds),
		Trials: len(plan.Trials), Counts: map[string]int{}, Metric: plan.Compare.Metric,
	}
	shares := map[string]float64{}
	for _, t := range plan.Trials {
		if err := s.tally(ctx, &item, t, shares); err != nil {
			return item, err
		}
	}
	if left, ok := timeLeft(plan.Trials, shares, time.Now()); ok {
		seconds := left.Seconds()
		item.LeftSeconds = &seconds
	}
	desired, err := s.Store.Desired(ctx, tracker.Scope{Experiment: name})
	if err != nil {
		return item, err
	}
	item.State = stateOf(item.Counts, item.Trials, desired)
	item.Best = s.best(ctx, plan)
	return item, nil
}

// tally counts a trial and notes what is worth knowing of its run.
func (s *Server) tally(ctx context.Context, item *experimentItem, t tracker.Trial, shares map[string]float64) (err error) {
	if t.Run == nil {
		item.Counts[string(tracker.Planned)]++
		return nil
	}
	run := *t.Run
	item.Counts[string(run.Status)]++
	item.borrows = item.borrows || run.Experiment != item.Name
	for _, moment := range []time.Time{run.Started, run.Finished} {
		if moment.After(item.Updated) {
			item.Updated = moment
		}
	}
	_, excluded := run.Excluded()
	switch run.Status {
	case tracker.Failed, tracker.Lost:
		if !excluded {
			item.Troubles = append(item.Troubles, trouble{run.ID, t.Variant, t.Seed, run.Status, run.Error})
		}
	case tracker.Running:
		shares[run.ID], err = s.reached(ctx, run)
	}
	return err
}

// stateOf is one word for an experiment.
func stateOf(counts map[string]int, trials int, desired string) string {
	has := func(s tracker.Status) bool { return counts[string(s)] > 0 }
	switch {
	case has(tracker.Running) && desired == "stop":
		return "stopping"
	case has(tracker.Running):
		return "running"
	case counts[string(tracker.Finished)] == trials:
		return "finished"
	case has(tracker.Lost):
		return "lost"
	case has(tracker.Failed) && !has(tracker.Finished):
		return "failed"
	case has(tracker.Failed) && !has(tracker.Planned) && !has(tracker.Stopped):
		return "ended"
	case has(tracker.Stopped) || desired == "stop":
		return "stopped"
	case has(tracker.Finished):
		return "unfinished"
	}
	return "planned"
}

// best finds the variant whose mean is best so far; nil where nothing can be compared yet.
func (s *Server) best(ctx context.Context, plan tracker.Plan) (best *bestVariant) {
	table, err := notebooks.Table(ctx, s.Store, plan.Name, "")
	if err != nil {
		return nil // the experiment's page says why there is no table
	}
	cells := table.Cells()
	for i, row := range table.Rows {
		if row.Mean == nil || best != nil && (plan.Compare.Goal == "maximize") != (*row.Mean > best.Mean) {
			continue
		}
		best = &bestVariant{Variant: row.Variant, Mean: *row.Mean, Low: row.CILow, High: row.CIHigh, N: row.N, Words: cells[i].Mean}
		if row.CILow != nil {
			best.Words += " ± " + cells[i].Half
		}
	}
	return best
}
