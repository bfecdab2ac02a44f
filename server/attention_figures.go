package server

import (
	"fmt"
	"net/url"
	"strconv"

	"inkstone/tracker/heads"
	"inkstone/viz"
)

// request is the figure of a kind in this view.
func (m *mapChoice) request(kind string) viz.Request {
	return viz.Request{Kind: kind, Runs: []string{m.info.Run}, Capture: m.Capture, Against: m.Against, Layer: m.Layer, Head: m.Head, Query: m.Query, HideFirst: m.HideFirst}
}

func (m *mapChoice) where() string {
	return fmt.Sprintf("layer %d, head %d, step %d", m.Layer, m.Head, m.Step)
}

// Grid is the figure of all heads.
func (d attentionPage) Grid() figureView {
	m := d.Map
	r := viz.Request{Kind: "heads", Runs: []string{d.ID}, Capture: m.Capture, Query: -1, HideFirst: m.HideFirst, Sort: string(m.Sort)}
	caption := fmt.Sprintf("All heads at step %d in one colour scale.", m.Step)
	version := m.Capture
	if m.Sort != "" {
		caption, version = fmt.Sprintf("All heads at step %d in one colour scale, by %s.", m.Step, m.Sort.Title()), d.Version
	}
	return figureView{"heads", r, version, "Small pictures of the attention maps of all heads; the table below has their scores", caption}
}

// Head is the figure of the chosen head.
func (d attentionPage) Head() figureView {
	m := d.Map
	caption := "Attention of " + m.where() + ", " + m.Prompt + "."
	if m.Against != 0 {
		caption = "Difference in attention of " + m.where() + ", " + m.Prompt + ": what is taken away is named in the figure."
	}
	if m.HideFirst {
		caption += " The first key is left out, and the colours fit the rest."
	}
	return figureView{"map", m.request("attention"), m.Capture, "Attention weights of " + m.where() + ": one row per query token, one column per key token", caption}
}

// Arcs is the figure of what the chosen query looks at.
func (d attentionPage) Arcs() figureView {
	return figureView{
		"arcs", d.Map.request("arcs"), d.Map.Capture, fmt.Sprintf("Arcs from query %d to the keys that it looks at, stronger for more weight", d.Map.Query),
		fmt.Sprintf("From query %d to its keys.", d.Map.Query),
	}
}

// Profile is the figure of the chosen query's weights.
func (d attentionPage) Profile() figureView {
	return figureView{
		"profile", d.Map.request("profile"), d.Map.Capture, fmt.Sprintf("Bars of the weights of query %d by key", d.Map.Query),
		fmt.Sprintf("The weights of query %d.", d.Map.Query),
	}
}

// Rollout is the figure of attention followed up to the chosen layer.
func (d attentionPage) Rollout() figureView {
	r := d.Map.request("rollout")
	r.Head, r.Against = 0, 0
	return figureView{
		"rollout", r, d.Map.Capture, fmt.Sprintf("Attention rollout from the input to layer %d: one row per position, one column per input token", d.Map.Layer),
		fmt.Sprintf("How much of each input token reaches each position after layer %d, if half of every position is kept and half is the heads' mean (Abnar & Zuidema 2020).", d.Map.Layer),
	}
}

// Curve is the figure of a score of the chosen head over training.
func (d attentionPage) Curve(score viz.Score) figureView {
	m := d.Map
	context := heads.Context(m.Layer, m.Head)
	r := viz.Request{Kind: "curve", Runs: []string{d.ID}, Metric: score.Metric(), Context: context, Query: -1}
	return figureView{"curve-" + string(score), r, d.Version, fmt.Sprintf("%s of head %s over steps", score.Title(), context), fmt.Sprintf("%s of head %s over steps.%s", score.Title(), context, d.chanceInWords(score))}
}

func (d attentionPage) chanceInWords(score viz.Score) string {
	for _, c := range d.Scores.Columns {
		if c.Score == score && c.HasChance() {
			return " Uniform attention has " + number(float64(c.Chance)) + "."
		}
	}
	return ""
}

// Curves are the figures of the chosen head's scores over training: the one that heads are sorted by, entropy and distance.
func (d attentionPage) Curves() []figureView {
	if d.Scores == nil {
		return nil
	}
	var figures []figureView
	for _, c := range d.Scores.Columns {
		if m, ok := c.Score.Measure(); c.Score == d.Map.shownCurve() || ok && (m == heads.Entropy || m == heads.Distance) {
			figures = append(figures, d.Curve(c.Score))
		}
	}
	return figures
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
func (m *mapChoice) Where() string { return m.where() }

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
