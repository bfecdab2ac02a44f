package server

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"inkstone/tracker"
)

// variantData is a row of the plan's grid.
type variantData struct {
	Name       string      `json:"name"`
	Changes    string      `json:"changes"`
	Parameters int64       `json:"parameters"`
	Trials     []trialData `json:"trials"`
}

// trialData is a cell of the grid.
type trialData struct {
	Variant string         `json:"-"`
	Seed    int64          `json:"seed"`
	Status  tracker.Status `json:"status"`
	Run     string         `json:"run,omitempty"`
	Error   string         `json:"error,omitempty"`
	// Share is how much of a running trial is done, from 0 to 1.
	Share float64 `json:"share,omitempty"`
	// Excluded: the run counts in no table; Because is the reason that was given.
	Excluded bool   `json:"excluded"`
	Because  string `json:"excluded_because,omitempty"`
	// Stopping: the store wants the trial stopped, and it has not ended.
	Stopping bool `json:"stopping"`
	// Last are the last values of the experiment's metrics; a metric that was not recorded is missing.
	Last map[string]tracker.Value `json:"last"`

	Metric string `json:"-"` // that is shown
}

// fill arranges the trials by variant, counts them, and collects the metrics that any of them has.
func (s *Server) fill(ctx context.Context, d *experimentData, plan tracker.Plan) error {
	rows := map[string]int{}
	for i, v := range plan.Variants {
		rows[v.Name] = i
		d.Variants = append(d.Variants, variantData{Name: v.Name, Changes: v.Changes, Parameters: v.Parameters})
	}
	shares := map[string]float64{}
	for _, t := range plan.Trials {
		cell, err := s.trial(ctx, t, d.Metric)
		if err != nil {
			return err
		}
		if cell.Status == tracker.Running {
			shares[cell.Run] = cell.Share
			cell.Stopping = cell.Stopping || d.Desired == "stop"
		}
		for name := range cell.Last {
			if !slices.Contains(d.Metrics, name) {
				d.Metrics = append(d.Metrics, name)
			}
		}
		d.Counts[string(cell.Status)]++
		row := &d.Variants[rows[t.Variant]]
		row.Trials = append(row.Trials, cell)
	}
	slices.Sort(d.Metrics)
	if left, ok := timeLeft(plan.Trials, shares, time.Now()); ok {
		seconds := left.Seconds()
		d.LeftSeconds = &seconds
	}
	return nil
}

// trial describes one trial.
func (s *Server) trial(ctx context.Context, t tracker.Trial, metric string) (trialData, error) {
	cell := trialData{Variant: t.Variant, Seed: t.Seed, Status: tracker.Planned, Metric: metric}
	if t.Run == nil {
		return cell, nil
	}
	run := *t.Run
	cell.Status, cell.Run, cell.Error, cell.Last = run.Status, run.ID, run.Error, run.Metrics
	cell.Because, cell.Excluded = run.Excluded()
	if run.Status == tracker.Finished {
		return cell, nil
	}
	desired, err := s.Store.Desired(ctx, tracker.Scope{Run: run.ID})
	if err != nil {
		return cell, err
	}
	cell.Stopping = desired == "stop" && (run.Status == tracker.Running || run.Status == tracker.Planned)
	if run.Status == tracker.Running {
		cell.Share, err = s.reached(ctx, run)
	}
	return cell, err
}

// Value is the last value of the metric that is shown; "" where there is none.
func (t trialData) Value() string {
	if v, there := t.Last[t.Metric]; there {
		return number(float64(v))
	}
	return ""
}

// Sign is that of the status, or that of a run which is excluded.
func (t trialData) Sign() string {
	if t.Excluded {
		return "⊘"
	}
	return sign(t.Status)
}

// Percent is Share for people.
func (t trialData) Percent() int { return int(math.Round(100 * t.Share)) }

// Words say everything that the cell shows by colour and sign.
func (t trialData) Words() string {
	words := string(t.Status)
	switch {
	case t.Status == tracker.Running && t.Stopping:
		words = "stopping…"
	case t.Stopping:
		words = "planned, not to be begun"
	case t.Status == tracker.Running:
		words += fmt.Sprintf(", %d %%", t.Percent())
	}
	if t.Excluded {
		words += ", excluded: " + reasonOf(t.Because)
	}
	return words
}

// reasonOf is why a run is excluded, or that nobody said why.
func reasonOf(because string) string {
	if because == "" {
		return "no reason was given"
	}
	return because
}

// CanStop: the trial runs or is still to come, and nobody has stopped it yet.
func (t trialData) CanStop() bool {
	return t.Run != "" && !t.Stopping && (t.Status == tracker.Running || t.Status == tracker.Planned)
}

// changing is a trial with the address that a change of it leads back to.
type changing struct {
	trialData
	Back string
}
