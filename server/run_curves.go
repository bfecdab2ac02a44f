package server

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"inkstone/internal/thousands"
	"inkstone/tracker"
	"inkstone/viz"
)

// runData is the first page of a run: its curves, and what was written about it.
type runData struct {
	runHead
	// Search is a part of the names of the series that are shown; Chosen are metrics that are shown alone.
	Search string   `json:"search,omitempty"`
	Chosen []string `json:"metric,omitempty"`
	// Series are those that are shown, by metric and context; Total is how many metrics there are.
	Series []seriesData `json:"series"`
	Total  int          `json:"total"`
	Note   noteView     `json:"note"`
	// Newest is the newest attention map, nil where there is none.
	Newest *captureData `json:"newest_capture"`

	Figures []figureView  `json:"-"` // of the metrics that are shown alone
	Groups  []metricGroup `json:"-"` // of all others
}

// seriesData is a series in numbers: how many points it has, and what they are.
type seriesData struct {
	Metric  string        `json:"metric"`
	Context string        `json:"context,omitempty"`
	Unit    string        `json:"unit,omitempty"`
	Wall    bool          `json:"wall_time,omitempty"`
	Key     string        `json:"key,omitempty"`
	Points  int64         `json:"points"`
	Odd     int64         `json:"not_numbers"` // NaN and infinities
	Step    int64         `json:"last_step"`
	Last    tracker.Value `json:"last"`
	Least   tracker.Value `json:"min"`
	LeastAt int64         `json:"min_step"`
	Most    tracker.Value `json:"max"`
	MostAt  int64         `json:"max_step"`
}

// metricGroup are metrics whose names begin alike.
type metricGroup struct {
	Name    string
	Open    bool
	Metrics []metricFigure
}

// metricFigure is a metric with a small figure.
type metricFigure struct {
	seriesData
	Contexts int // that it has beside the one that is shown
	Figure   figureView
}

// captureData is an attention map in short.
type captureData struct {
	ID     int64  `json:"id"`
	Prompt string `json:"prompt"`
	Step   int64  `json:"step"`
	Layers int    `json:"layers"`
	Heads  int    `json:"heads"`
	Count  int    `json:"count"` // maps of the run
	Figure figureView
}

// run answers GET /runs/{run}.
func (s *Server) run(r *http.Request) (view, error) {
	head, err := s.runHead(r, "")
	if err != nil {
		return view{}, err
	}
	d := runData{runHead: head, Search: strings.TrimSpace(r.FormValue("q")), Chosen: r.Form["metric"], Series: []seriesData{}}
	if err := s.readSeries(r.Context(), &d); err != nil {
		return view{}, err
	}
	if d.Newest, err = s.newestCapture(r.Context(), head.ID); err != nil {
		return view{}, err
	}
	if d.Note, err = s.runNote(r.Context(), head.ID); err != nil {
		return view{}, err
	}
	if !wantsJSON(r) {
		s.drawSeries(r, &d)
	}
	return head.view(d), nil
}

// readSeries lists the series that the page's address asks for.
func (s *Server) readSeries(ctx context.Context, d *runData) error {
	summaries, err := s.Store.Summaries(ctx, d.ID)
	if err != nil {
		return err
	}
	infos, err := s.Store.MetricInfos(ctx, d.ID)
	if err != nil {
		return err
	}
	before := ""
	for _, one := range summaries {
		if one.Metric != before {
			before = one.Metric
			d.Total++
		}
		info := infos[one.Metric]
		switch {
		case len(d.Chosen) > 0 && !slices.Contains(d.Chosen, one.Metric), !strings.Contains(strings.ToLower(one.Metric), strings.ToLower(d.Search)):
			continue
		}
		d.Series = append(d.Series, seriesData{
			Metric: one.Metric, Context: one.Context, Unit: info.Unit, Wall: info.WallTime, Key: info.Key, Points: one.Count, Odd: one.NaN + one.PosInf + one.NegInf,
			Step: one.LastStep, Last: one.Last, Least: one.Min, LeastAt: one.MinStep, Most: one.Max, MostAt: one.MaxStep,
		})
	}
	return nil
}

// mostAlone bounds the figures of metrics that are shown alone: a metric can have a context for each head.
const mostAlone = 48

// drawSeries makes the figures: large ones of metrics that were chosen, of all their contexts; else small ones, grouped.
func (s *Server) drawSeries(r *http.Request, d *runData) {
	axes := growing(slices.Sorted(maps.Keys(d.Metrics)))
	if len(d.Chosen) > 0 {
		for i, one := range d.Series[:min(len(d.Series), mostAlone)] {
			f := d.figure(one, i)
			f.Axes = axes
			d.Figures = append(d.Figures, s.show(r, f))
		}
		return
	}
	for i, one := range d.Series {
		name, _, ok := strings.Cut(one.Metric, "/")
		if !ok {
			name = "other"
		}
		at := slices.IndexFunc(d.Groups, func(g metricGroup) bool { return g.Name == name })
		if at < 0 {
			at = len(d.Groups)
			d.Groups = append(d.Groups, metricGroup{Name: name, Open: d.Search != "" || !folded[name]})
		}
		g := &d.Groups[at]
		if n := len(g.Metrics); n > 0 && g.Metrics[n-1].Metric == one.Metric {
			g.Metrics[n-1].Contexts++
			continue
		}
		f := d.figure(one, i)
		f.Lazy, f.Version = true, s.figures.shown(f.Request, f.Version)
		g.Metrics = append(g.Metrics, metricFigure{seriesData: one, Figure: f})
	}
	slices.SortStableFunc(d.Groups, func(a, b metricGroup) int { return rank(a.Name) - rank(b.Name) })
	for _, g := range d.Groups {
		slices.SortStableFunc(g.Metrics, func(a, b metricFigure) int { return lossFirst(a.Metric) - lossFirst(b.Metric) })
	}
}

func lossFirst(metric string) int {
	if strings.HasSuffix(metric, "/loss") {
		return 0
	}
	return 1
}

// folded are groups that are closed at first, since they are many or about the machine.
var folded = map[string]bool{"heads": true, "system": true, "gradients": true, "weights": true}

// rank orders the groups: what a reader looks for first, then others by name.
func rank(name string) int {
	switch name {
	case "train":
		return 0
	case "val":
		return 1
	case "system":
		return 3
	}
	return 2
}

// figure is the curve of a series.
func (d runData) figure(one seriesData, number int) figureView {
	request := viz.Request{Kind: "curve", Runs: []string{d.ID}, Metric: one.Metric, Context: one.Context, Live: d.Status == tracker.Running, Query: -1}
	return figureView{
		ID: fmt.Sprintf("curve-%d", number), Request: request, Version: d.Version, Alt: one.Name() + " of this run over steps", Caption: one.Caption(),
	}
}

// Name is the metric with its context.
func (d seriesData) Name() string {
	if d.Context == "" {
		return d.Metric
	}
	return d.Metric + ", " + d.Context
}

// Caption says below a small figure what there is to know of it.
func (d seriesData) Caption() string {
	text := fmt.Sprintf("%s points", thousands.Int(d.Points))
	if d.Odd > 0 {
		text += fmt.Sprintf(", %s of them no numbers", thousands.Int(d.Odd))
	}
	if d.Points > d.Odd {
		text += fmt.Sprintf("; least %s at step %s, most %s at step %s", number(float64(d.Least)), thousands.Int(d.LeastAt), number(float64(d.Most)), thousands.Int(d.MostAt))
	}
	if d.Wall {
		text += "; depends on the clock, and is never compared"
	}
	return text + "."
}

// Alone is the address that shows the metric alone.
func (d seriesData) Alone() string { return "?" + url.Values{"metric": {d.Metric}}.Encode() }

// NotShown is how many series of the chosen metrics have no figure.
func (d runData) NotShown() int { return max(0, len(d.Series)-mostAlone) }

// Wholly tells whether every metric is shown.
func (d runData) Wholly() bool { return d.Search == "" && len(d.Chosen) == 0 }

// newestCapture is the newest attention map of a run, of its first prompt.
func (s *Server) newestCapture(ctx context.Context, run string) (*captureData, error) {
	captures, err := s.Store.Captures(ctx, run)
	if err != nil {
		return nil, err
	}
	var newest *captureData
	count := 0
	for _, c := range captures {
		if c.Kind != tracker.Attention {
			continue
		}
		if count++; newest == nil || c.Step > newest.Step {
			newest = &captureData{ID: c.ID, Prompt: c.Context, Step: c.Step, Layers: c.Layers, Heads: c.Heads}
		}
	}
	if newest == nil {
		return nil, nil
	}
	newest.Count = count
	newest.Figure = figureView{
		ID: "attention", Request: viz.Request{Kind: "attention", Capture: newest.ID, Layer: newest.Layers - 1, Query: -1}, Version: newest.ID, Lazy: true,
		Alt:     fmt.Sprintf("Attention weights of layer %d, head 0 at step %d: one row per query token, one column per key token", newest.Layers-1, newest.Step),
		Caption: fmt.Sprintf("Layer %d, head 0 of %d layers with %d heads, at step %s, %s.", newest.Layers-1, newest.Layers, newest.Heads, thousands.Int(newest.Step), newest.Prompt),
	}
	return newest, nil
}
