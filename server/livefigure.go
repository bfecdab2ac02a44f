package server

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"inkstone/server/live"
	"inkstone/tracker"
	"inkstone/viz"
)

// Open implements live.Figures: a key is a figure's kind and request, as "curves?experiment=demo".
func (c *figures) Open(key string) (live.Figure, error) {
	kind, query, _ := strings.Cut(key, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, err
	}
	request, err := viz.ParseRequest(kind, values)
	if err != nil {
		return nil, err
	}
	if !request.Lines() {
		return nil, errNoPage
	}
	return &liveFigure{figure: c.entry(request), store: c.store}, nil
}

// liveFigure is a figure of lines that pages watch.
type liveFigure struct {
	*figure
	store *tracker.Store
}

// interest is what a figure is drawn from, as far as events tell.
type interest struct {
	experiment string
	runs       map[string]bool
	metrics    []string
}

// Concerns implements live.Figure.
func (f *liveFigure) Concerns(e tracker.Event) (run string, whole, concerned bool) {
	i := f.interest.Load()
	switch {
	case i == nil:
		return "", true, true
	case e.Kind == "points":
		return e.Run, false, i.runs[e.Run] && slices.ContainsFunc(e.Metrics, func(m string) bool { return slices.Contains(i.metrics, m) })
	case e.Kind == "run" || e.Kind == "plan" || e.Kind == "tags":
		ours := e.Experiment == i.experiment || i.experiment == "" && (i.runs[e.Run] || f.request.Where != "")
		return "", ours, ours
	}
	return "", false, false
}

// Points implements live.Figure: where a line is made of the very points of runs, over steps, they have their places at once.
func (f *liveFigure) Points(e tracker.Event) (all []live.Point) {
	r := f.request
	if r.X != "" || !slices.Contains([]string{"curve", "curves", "compare"}, r.Kind) {
		return nil
	}
	for _, a := range e.Arrivals {
		if a.Metric != f.metric() || a.Context != r.Context {
			continue
		}
		for _, p := range a.Points {
			x, y := float64(p.Step), float64(p.Value)
			within := (r.From == nil || x >= *r.From) && (r.To == nil || x <= *r.To)
			if within && finite(y) {
				all = append(all, live.Point{X: x, Y: y})
			}
		}
	}
	return all
}

// metric is the one that the figure shows, which may be the plan's.
func (f *liveFigure) metric() string {
	if i := f.interest.Load(); i != nil {
		return i.metrics[0]
	}
	return f.request.Metric
}

// A picture is drawn anew when more than a quarter of its points are beyond it, but not for a few.
const (
	beyondShare = 4
	beyondLeast = 200
)

// Update implements live.Figure.
func (f *liveFigure) Update(ctx context.Context, runs []string, whole bool) (live.State, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	version, err := f.store.Version(ctx)
	if err != nil {
		return live.State{}, err
	}
	if f.reading == nil || whole {
		reading, err := f.request.Read(ctx, f.store)
		if err != nil {
			return live.State{}, err
		}
		f.read(reading)
	} else if err := f.reading.Refresh(ctx, runs); err != nil {
		return live.State{}, err
	}
	now := f.reading.Figure()
	if f.drawn != nil && f.data == nil {
		f.data = f.drawn.Data()
	}
	var tail viz.Tail
	if f.drawn != nil {
		tail = now.Since(f.drawn, f.data)
	}
	running := f.reading.Running()
	if f.drawn == nil || !tail.Fits || running != f.running || tail.Knots > max(beyondLeast, f.data.Knots()/beyondShare) {
		f.show(now, version)
		f.data, f.running, tail = now.Data(), running, viz.Tail{}
	}
	f.at = time.Now()
	return f.state(tail, version)
}

// state is how the figure stands, with its lines as JSON.
func (f *liveFigure) state(tail viz.Tail, version int64) (live.State, error) {
	state := live.State{Picture: f.version, Version: version, Lines: make([][][]byte, len(f.data.Lines))}
	for i, line := range tail.Lines {
		for _, knot := range line {
			state.Lines[i] = append(state.Lines[i], knot.AppendJSON(nil))
		}
	}
	place := *f.data
	place.Lines, place.Marks = slices.Clone(place.Lines), nil
	for i := range place.Lines {
		place.Lines[i].Knots = nil
	}
	var err error
	state.Place, err = json.Marshal(place)
	return state, err
}
