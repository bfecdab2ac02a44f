package server

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"inkstone/notebooks"
	"inkstone/tracker"
	"inkstone/viz"
)

// experimentData is everything that the page of an experiment shows.
type experimentData struct {
	Name     string `json:"name"`
	Question string `json:"question"`
	Source   string `json:"source"`
	// State is one word, as on the first page; Desired is what the store wants, "run" or "stop".
	State    string                   `json:"state"`
	Desired  string                   `json:"desired"`
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
	// LeftSeconds estimates when the last trial ends; nil while nothing runs.
	LeftSeconds *float64 `json:"left_seconds"`
	Version     int64    `json:"version"`
	// Note is what was learned.
	Note noteView `json:"note"`
	// Here is the address that shows this view again.
	Here string `json:"-"`
	// Curves are the curves and the differences over the steps; Forest the differences of the table.
	Curves []figureView `json:"-"`
	Forest figureView   `json:"-"`
}

func (s *Server) experiment(r *http.Request) (view, error) {
	ctx := r.Context()
	plan, err := s.Store.Plan(ctx, r.PathValue("experiment"))
	if err != nil {
		return view{}, err
	}
	d := experimentData{
		Name: plan.Name, Question: plan.Question, Source: plan.Source, Counts: map[string]int{}, Trials: len(plan.Trials),
		Seeds: plan.Seeds, Metric: r.URL.Query().Get("metric"), Baseline: plan.Compare.Baseline, Here: r.URL.RequestURI(),
	}
	if d.Metric == "" {
		d.Metric = plan.Compare.Metric
	}
	if d.Version, err = s.Store.Version(ctx); err != nil {
		return view{}, err
	}
	if d.Desired, err = s.Store.Desired(ctx, tracker.Scope{Experiment: plan.Name}); err != nil {
		return view{}, err
	}
	if err := s.fill(ctx, &d, plan); err != nil {
		return view{}, err
	}
	d.State = stateOf(d.Counts, d.Trials, d.Desired)
	if d.Note, err = s.experimentNote(ctx, plan.Name); err != nil {
		return view{}, err
	}
	if d.Table, err = notebooks.Table(ctx, s.Store, plan.Name, d.Metric); err != nil {
		d.Table, d.Refusal = nil, err.Error()
	}
	err = s.experimentFigures(r, &d)
	return view{"experiment", plan.Name, d}, err
}

// Bar is how far the trials have come.
func (d experimentData) Bar() bar { return bar{d.Counts, d.Trials} }

// Left words the estimate; "" where there is none.
func (d experimentData) Left() string { return leftWords(d.LeftSeconds) }

func leftWords(seconds *float64) string {
	if seconds == nil {
		return ""
	}
	return roughly(time.Duration(*seconds * float64(time.Second)))
}

// Path is the experiment's address.
func (d experimentData) Path() string { return "/experiments/" + url.PathEscape(d.Name) }

// ToCome counts the trials that a stop holds back.
func (d experimentData) ToCome() int { return d.Counts[string(tracker.Planned)] }

// CanStop: something runs, and nobody has stopped it all yet.
func (d experimentData) CanStop() bool {
	return d.Desired != "stop" && d.Counts[string(tracker.Running)] > 0
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

// Choices are the metrics to choose from; the one that is shown is among them even where no run has it.
func (d experimentData) Choices() []string {
	if slices.Contains(d.Metrics, d.Metric) {
		return d.Metrics
	}
	return append([]string{d.Metric}, d.Metrics...)
}

// plain are words that a shell takes as they are.
var plain = regexp.MustCompile(`^[\w./:=@,+-]+$`)

// Quoted is a text as one word of a command line.
func (d experimentData) Quoted(text string) string {
	if plain.MatchString(text) {
		return text
	}
	return "'" + regexp.MustCompile(`'`).ReplaceAllString(text, `'\''`) + "'"
}

// spec answers GET /experiments/{experiment}/spec.yaml: the spec as it was read.
func (s *Server) spec(w http.ResponseWriter, r *http.Request) error {
	plan, err := s.Store.Plan(r.Context(), r.PathValue("experiment"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename*=UTF-8''%s.yaml", url.PathEscape(plan.Name)))
	_, _ = w.Write([]byte(plan.Source))
	return nil
}

// experimentFigures are the curves of the metric, the differences from the baseline over the steps, and those of the table,
// which change with a run's state and not with its points.
func (s *Server) experimentFigures(r *http.Request, d *experimentData) error {
	request := viz.Request{Experiment: d.Name, Metric: d.Metric, Live: true, Query: -1}
	of := func(kind string, version int64, alt string) figureView {
		request.Kind = kind
		return s.show(r, figureView{ID: kind, Request: request, Version: version, Alt: alt, Axes: growing(d.Metrics)})
	}
	d.Curves = []figureView{
		of("curves", d.Version, d.Metric+" over steps: the mean over seeds of each variant with its interval, and each seed as a thin line"),
		of("difference", d.Version, "The paired difference of each variant from "+d.Baseline+" in "+d.Metric+" over steps, with its interval and a zero line"),
	}
	changed, err := s.overviews.changedAt(r.Context(), d.Name)
	if err != nil {
		return err
	}
	d.Forest = of(notebooks.ForestKind, changed, "The difference of each variant from "+d.Baseline+" in the last "+d.Metric+", with its interval and a zero line")
	return nil
}

// growing are the metrics that can be an axis.
func growing(metrics []string) (some []string) {
	for _, name := range metrics {
		if strings.HasSuffix(name, "/tokens") || strings.HasSuffix(name, "/flops") {
			some = append(some, name)
		}
	}
	return some
}
