package server

import (
	"context"
	"time"

	"inkstone/notebooks"
	"inkstone/tracker"
)

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
	case tracker.Finished:
		if run.Error != "" {
			item.Rules = append(item.Rules, trouble{run.ID, t.Variant, t.Seed, run.Status, run.Error})
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
		best = &bestVariant{Variant: row.Variant, Mean: *row.Mean, Low: row.CILow, High: row.CIHigh, N: row.N, Words: signs(cells[i].Mean)}
		if row.CILow != nil {
			best.Words += " ± " + cells[i].Half
		}
	}
	return best
}
