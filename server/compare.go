package server

import (
	"context"
	"net/http"
	"slices"

	"inkstone/notebooks"
	"inkstone/tracker"
	"inkstone/viz"
)

// compareData is everything that the page of a comparison shows.
type compareData struct {
	// Where or Runs select what is compared; Group says what makes a group.
	Where    string   `json:"where,omitempty"`
	Chosen   []string `json:"runs,omitempty"`
	Group    string   `json:"group"`
	Baseline string   `json:"baseline"`
	Metric   string   `json:"metric"`
	Goal     string   `json:"goal,omitempty"`
	X        string   `json:"x,omitempty"`
	// Total is how many runs the filter selects; the newest tracker.MostChosen of them are compared.
	Total  int         `json:"total"`
	Groups []groupData `json:"groups"`
	// Metrics are those that any of the runs has, Keys what they can be grouped by.
	Metrics []string                 `json:"metrics"`
	Keys    []string                 `json:"keys"`
	Table   *notebooks.AblationTable `json:"table"`
	// Refusal says why there is no table, Mistake what is wrong with the selection.
	Refusal     string       `json:"refusal,omitempty"`
	Mistake     string       `json:"mistake,omitempty"`
	Params      []difference `json:"params"`
	Environment []difference `json:"environment"`
	Code        []difference `json:"code"`
	Version     int64        `json:"version"`
	Figures     []figureView `json:"-"`
}

// groupData is a group with its runs.
type groupData struct {
	Name string    `json:"name"`
	Runs []runItem `json:"runs"`
}

// runItem is a run as a link.
type runItem struct {
	ID     string         `json:"id"`
	Name   string         `json:"name"`
	Status tracker.Status `json:"status"`
	// Excluded is why the run counts nowhere.
	Excluded *string `json:"excluded,omitempty"`
}

func (s *Server) compare(r *http.Request) (view, error) {
	d := compareData{
		Where: r.FormValue("where"), Chosen: r.Form["run"], Group: r.FormValue("group"), Baseline: r.FormValue("baseline"),
		Metric: r.FormValue("metric"), Goal: r.FormValue("goal"), X: r.FormValue("x"),
	}
	var err error
	if d.Version, err = s.Store.Version(r.Context()); err != nil {
		return view{}, err
	}
	runs, total, err := s.Store.Choose(r.Context(), d.Where, d.Chosen)
	d.Total = total
	if err == nil {
		err = d.arrange(runs)
	}
	switch {
	case err != nil && wantsJSON(r):
		return view{}, err
	case err != nil:
		d.Mistake = err.Error()
	case len(runs) > 0:
		if err := s.fillComparison(r.Context(), &d, runs); err != nil {
			return view{}, err
		}
		d.Figures = s.comparisonFigures(r, d)
	}
	return view{"compare", "Compare", d}, nil
}

// arrange groups the runs, and chooses what was not chosen: the metric, the baseline.
func (d *compareData) arrange(runs []tracker.Run) error {
	if d.Group == "" {
		d.Group = "variant"
	}
	groups, err := tracker.GroupRuns(runs, d.Group)
	if err != nil {
		return err
	}
	for _, g := range groups {
		item := groupData{Name: g.Name}
		for _, run := range g.Runs {
			item.Runs = append(item.Runs, itemOf(run))
		}
		d.Groups = append(d.Groups, item)
	}
	d.Metrics, d.Keys = metricsOf(runs), keysOf(runs)
	if d.Metric == "" && len(d.Metrics) > 0 {
		d.Metric = d.Metrics[0]
		if slices.Contains(d.Metrics, "val/loss") {
			d.Metric = "val/loss"
		}
	}
	if !slices.ContainsFunc(d.Groups, func(g groupData) bool { return g.Name == d.Baseline }) {
		d.Baseline = ""
	}
	if d.Baseline == "" && len(d.Groups) > 0 {
		d.Baseline = d.Groups[0].Name
	}
	return nil
}

func itemOf(run tracker.Run) runItem {
	item := runItem{ID: run.ID, Name: run.Name(), Status: run.Status}
	if reason, yes := run.Excluded(); yes {
		item.Excluded = &reason
	}
	return item
}

// metricsOf are the metrics that any of the runs has.
func metricsOf(runs []tracker.Run) []string {
	names := []string{}
	for _, run := range runs {
		for name := range run.Metrics {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// keysOf are what the runs can usefully be grouped by, beside the parameters in which they differ.
func keysOf(runs []tracker.Run) []string {
	keys := []string{"variant", "experiment", "seed", "status", "run"}
	var tags []string
	for _, run := range runs {
		for name := range run.Tags {
			tags = append(tags, "tag."+name)
		}
	}
	slices.Sort(tags)
	return append(keys, slices.Compact(tags)...)
}

// fillComparison computes the table and what differs between the groups.
func (s *Server) fillComparison(ctx context.Context, d *compareData, runs []tracker.Run) error {
	c, err := notebooks.Choice{Group: d.Group, Metric: d.Metric, Goal: d.Goal, Baseline: d.Baseline}.Of(ctx, s.Store, runs)
	if err != nil {
		return err
	}
	d.Goal = c.Goal
	if d.Table, err = notebooks.Compare(ctx, s.Store, c); err != nil {
		d.Table, d.Refusal = nil, err.Error()
	}
	d.Params, d.Environment = differingParams(c.Groups), differingEnvironment(c.Groups)
	for _, p := range d.Params {
		d.Keys = append(d.Keys, p.Name)
	}
	d.Code, err = s.differingCode(ctx, c.Groups)
	return err
}

// comparisonFigures are the groups' curves, and their differences from the baseline over the axis and at the end.
func (s *Server) comparisonFigures(r *http.Request, d compareData) []figureView {
	request := viz.Request{Where: d.Where, Runs: d.Chosen, Group: d.Group, Baseline: d.Baseline, Metric: d.Metric, X: d.X, Live: true, Query: -1}
	of := func(id, kind, alt string) figureView {
		request.Kind = kind
		return s.show(r, figureView{ID: id, Request: request, Version: d.Version, Alt: alt, Axes: growing(d.Metrics)})
	}
	return []figureView{
		of("curves", "compare", d.Metric+": the mean over seeds of each group with its interval"),
		of("difference", "compare-difference", "The paired difference of each group from "+d.Baseline+" in "+d.Metric+", with its interval and a zero line"),
		of("forest", "forest", "The paired difference of each group from "+d.Baseline+" in the last "+d.Metric+", with its interval and a zero line"),
	}
}

// Runs are all compared runs.
func (d compareData) Runs() (all []runItem) {
	for _, g := range d.Groups {
		all = append(all, g.Runs...)
	}
	return all
}

// choice is an option of a form.
type choice struct{ Value, Name string }

// Axes are at what equal amounts the groups can be compared.
func (d compareData) Axes() []choice {
	axes := []choice{{"", "steps"}, {"time", "seconds"}}
	for _, name := range growing(d.Metrics) {
		axes = append(axes, choice{name, name})
	}
	return axes
}

// differing is a part of what differs, for its template.
type differing struct {
	Title  string
	List   []difference
	Groups []groupData
}
