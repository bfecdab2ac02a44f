package server

import (
	"net/http"
	"slices"

	"inkstone/notebooks"
	"inkstone/tracker"
	"inkstone/viz"
)

// experimentData is everything that the page of an experiment shows.
type experimentData struct {
	Name     string                   `json:"name"`
	Question string                   `json:"question"`
	Source   string                   `json:"source"`
	Counts   map[string]int           `json:"counts"`
	Trials   int                      `json:"trials"`
	Seeds    []int64                  `json:"seeds"`
	Variants []variantData            `json:"variants"`
	Metric   string                   `json:"metric"`
	Metrics  []string                 `json:"metrics"`
	Table    *notebooks.AblationTable `json:"table"`
	// Refusal says why there is no table.
	Refusal string `json:"refusal,omitempty"`
	// Baseline is what differences are taken from.
	Baseline string `json:"baseline"`
	Version  int64  `json:"version"`
	// Note is what was learned.
	Note noteView `json:"note"`
}

// variantData is a row of the plan's grid.
type variantData struct {
	Name       string      `json:"name"`
	Changes    string      `json:"changes"`
	Parameters int64       `json:"parameters"`
	Trials     []trialData `json:"trials"`
}

type trialData struct {
	Seed   int64          `json:"seed"`
	Status tracker.Status `json:"status"`
	Run    string         `json:"run,omitempty"`
	Error  string         `json:"error,omitempty"`
	// Last are the last values of the experiment's metrics; a metric that was not recorded is missing.
	Last map[string]tracker.Value `json:"last"`
}

func (s *Server) experiment(r *http.Request) (view, error) {
	plan, err := s.Store.Plan(r.Context(), r.PathValue("experiment"))
	if err != nil {
		return view{}, err
	}
	version, err := s.Store.Version(r.Context())
	if err != nil {
		return view{}, err
	}
	d := experimentData{
		Name: plan.Name, Question: plan.Question, Source: plan.Source, Counts: map[string]int{}, Trials: len(plan.Trials),
		Seeds: plan.Seeds, Metric: r.URL.Query().Get("metric"), Baseline: plan.Compare.Baseline, Version: version,
	}
	d.fill(plan)
	if d.Note, err = s.experimentNote(r.Context(), plan.Name); err != nil {
		return view{}, err
	}
	if d.Metric == "" {
		d.Metric = plan.Compare.Metric
	}
	if d.Table, err = notebooks.Table(r.Context(), s.Store, plan.Name, d.Metric); err != nil {
		d.Table, d.Refusal = nil, err.Error()
	}
	return view{"experiment", plan.Name, d}, nil
}

// fill arranges the trials by variant and collects the metrics that any of them has.
func (d *experimentData) fill(plan tracker.Plan) {
	rows := map[string]int{}
	for i, v := range plan.Variants {
		rows[v.Name] = i
		d.Variants = append(d.Variants, variantData{Name: v.Name, Changes: v.Changes, Parameters: v.Parameters})
	}
	for _, t := range plan.Trials {
		cell := trialData{Seed: t.Seed, Status: tracker.Planned}
		if t.Run != nil {
			cell = trialData{t.Seed, t.Run.Status, t.Run.ID, t.Run.Error, t.Run.Metrics}
			for name := range t.Run.Metrics {
				if !slices.Contains(d.Metrics, name) {
					d.Metrics = append(d.Metrics, name)
				}
			}
		}
		d.Counts[string(cell.Status)]++
		row := &d.Variants[rows[t.Variant]]
		row.Trials = append(row.Trials, cell)
	}
	slices.Sort(d.Metrics)
}

// Shown are the metrics in the list of runs: the one that was chosen, and what the spec compares also.
func (d experimentData) Shown() []string {
	shown := []string{d.Metric}
	if d.Table != nil {
		for _, m := range d.Table.Also {
			if m != d.Metric {
				shown = append(shown, m)
			}
		}
	}
	return shown
}

// Figures are the curves of the metric and the differences from the baseline.
func (d experimentData) Figures() []figureView {
	request := viz.Request{Kind: "curves", Experiment: d.Name, Metric: d.Metric, Live: true, Query: -1}
	curves := figureView{
		"curves", request, d.Version, d.Metric + " over steps: the mean over seeds of each variant with its interval, and each seed as a thin line",
		d.Metric + " over steps; bands are 95 % intervals of the mean over seeds, thin lines single seeds.",
	}
	request.Kind = "difference"
	return []figureView{curves, {
		"difference", request, d.Version, "The paired difference of each variant from " + d.Baseline + " in " + d.Metric + " over steps, with its interval and a zero line",
		"Difference from " + d.Baseline + ", paired by seed; the band is its 95 % interval.",
	}}
}
