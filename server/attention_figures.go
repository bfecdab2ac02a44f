package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"inkstone/tracker/heads"
	"inkstone/viz"
)

// request is the figure of a kind in this view.
func (m *mapChoice) request(kind string) viz.Request {
	return viz.Request{Kind: kind, Runs: []string{m.info.Run}, Capture: m.Capture, Against: m.Against, Layer: m.Layer, Head: m.Head, Query: m.Query, HideFirst: m.HideFirst}
}

// figures are what the page shows of the view.
func (s *Server) attentionFigures(r *http.Request, d *attentionPage) {
	m := d.Map
	d.Grid = s.show(r, m.grid(d.Version))
	d.Head = s.show(r, m.figure("map", "attention", "Attention weights of "+m.Where()+": one row per query token, one column per key token"))
	d.Arcs = s.show(r, m.figure("arcs", "arcs", fmt.Sprintf("Arcs from query %d to the keys that it looks at, stronger for more weight", m.Query)))
	d.Profile = s.show(r, m.figure("profile", "profile", fmt.Sprintf("Bars of the weights of query %d by key", m.Query)))
	if d.Scores != nil {
		for _, c := range d.Scores.Columns {
			if m.curved(c.Score) {
				d.Curves = append(d.Curves, m.curve(s, r, d.Version, c))
			}
		}
	}
}

// grid is the figure of all heads. One that is sorted changes with the scores, and any other never does.
func (m *mapChoice) grid(version int64) figureView {
	r := viz.Request{Kind: "heads", Runs: []string{m.info.Run}, Capture: m.Capture, Query: -1, HideFirst: m.HideFirst, Sort: string(m.Sort)}
	if m.Sort == "" {
		version = m.Capture
	}
	return figureView{ID: "heads", Request: r, Version: version, Alt: "Small pictures of the attention maps of all heads; the table below has their scores"}
}

func (m *mapChoice) figure(id, kind, alt string) figureView {
	return figureView{ID: id, Request: m.request(kind), Version: m.Capture, Alt: alt}
}

// Rolled is the figure of attention followed up to the chosen layer. It is drawn when it is looked at, since all heads of
// these layers are read for it.
func (m *mapChoice) Rolled() figureView {
	f := m.figure("rollout", "rollout", fmt.Sprintf("Attention rollout from the input to layer %d: one row per position, one column per input token", m.Layer))
	f.Request.Head, f.Request.Against = 0, 0
	f.Caption = fmt.Sprintf("How much of each input token reaches each position after layer %d, if half of every position is kept and half is the heads' mean (Abnar & Zuidema 2020).", m.Layer)
	return f
}

// curve is the figure of a score of the chosen head over training.
func (m *mapChoice) curve(s *Server, r *http.Request, version int64, c scoreColumn) scoreCurve {
	request := viz.Request{Kind: "curve", Runs: []string{m.info.Run}, Metric: c.Metric, Context: m.Place(), Query: -1}
	figure := s.show(r, figureView{ID: "curve-" + string(c.Score), Request: request, Version: version, Alt: fmt.Sprintf("%s of head %s over steps", c.Title, m.Place())})
	return scoreCurve{figure, c}
}

// scoreCurve is a score of a head over training.
type scoreCurve struct {
	Figure figureView
	scoreColumn
}

// curved tells whether the curve of a score is shown: of the chosen one, and of entropy and distance always.
func (m *mapChoice) curved(score viz.Score) bool {
	measure, ok := score.Measure()
	return score == m.shownCurve() || ok && (measure == heads.Entropy || measure == heads.Distance)
}

// shownCurve is the role whose curve is shown.
func (m *mapChoice) shownCurve() viz.Score {
	for _, score := range []viz.Score{m.Curve, m.Sort} {
		if score != "" {
			return score
		}
	}
	return viz.Score(heads.Induction.String())
}

// Unit is what a value of the map is.
func (m *mapChoice) Unit() string {
	if m.Against != 0 {
		return "difference"
	}
	return "weight"
}

// AllLayers are the layers to choose from.
func (m *mapChoice) AllLayers() []int { return upTo(m.Layers) }

// AllHeads are the heads of a layer.
func (m *mapChoice) AllHeads() []int { return upTo(m.Heads) }

// StepIndex is the place of the step among those that are captured.
func (m *mapChoice) StepIndex() int {
	for i, step := range m.Steps {
		if step == m.Step {
			return i
		}
	}
	return 0
}

// Last is the place of the last step.
func (m *mapChoice) Last() int { return len(m.Steps) - 1 }

// With is the address of the same view with one thing changed; an empty value leaves it out.
func (m *mapChoice) With(name, value string) string {
	v := m.values()
	if v.Del(name); value != "" {
		v.Set(name, value)
	}
	return "?" + v.Encode()
}

// values are the view as its address has it.
func (m *mapChoice) values() url.Values {
	v := url.Values{
		"prompt": {m.Prompt}, "step": {strconv.FormatInt(m.Step, 10)}, "layer": {strconv.Itoa(m.Layer)}, "head": {strconv.Itoa(m.Head)}, "query": {strconv.Itoa(m.Query)},
	}
	for name, set := range map[string]bool{"hidefirst": m.HideFirst, "rollout": m.Rollout} {
		if set {
			v.Set(name, "1")
		}
	}
	if m.ByKey {
		v.Set("mode", "key")
	}
	if m.Against != 0 {
		v.Set("against", strconv.FormatInt(m.Against, 10))
	}
	for name, score := range map[string]viz.Score{"sort": m.Sort, "curve": m.Curve} {
		if score != "" {
			v.Set(name, string(score))
		}
	}
	return v
}

// Where is the head in words.
func (m *mapChoice) Where() string {
	return fmt.Sprintf("layer %d, head %d, step %d", m.Layer, m.Head, m.Step)
}

// Place is the head's name.
func (m *mapChoice) Place() string { return heads.Context(m.Layer, m.Head) }

// LastQuery is the last place of the text.
func (m *mapChoice) LastQuery() int { return m.Queries - 1 }

// againstGroup is choices under one heading.
type againstGroup struct {
	Name    string
	Choices []counterpart
}

// AgainstGroups are what can be subtracted, under their headings.
func (d attentionPage) AgainstGroups() []againstGroup {
	var groups []againstGroup
	for _, c := range d.Against {
		if n := len(groups); n == 0 || groups[n-1].Name != c.Group {
			groups = append(groups, againstGroup{Name: c.Group})
		}
		last := &groups[len(groups)-1]
		last.Choices = append(last.Choices, c)
	}
	return groups
}

// SortChoices are the scores that heads can be sorted by: those that are recorded.
func (d attentionPage) SortChoices() []viz.Score {
	var all []viz.Score
	if d.Scores != nil {
		for _, c := range d.Scores.Columns {
			all = append(all, c.Score)
		}
	}
	return all
}

// ScoreAddress is the page with a head, and the curve of one of its scores.
func (d attentionPage) ScoreAddress(row scoreRow, c scoreColumn) string {
	m := *d.Map
	m.Layer, m.Head = row.Layer, row.Head
	return m.With("curve", string(c.Score))
}
