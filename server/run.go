package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"inkstone/tracker"
	"inkstone/viz"
)

// runData is everything that the page of a run shows.
type runData struct {
	tracker.Run
	Metrics   []metricData   `json:"metrics"` // with their units, by name
	Metric    string         `json:"metric"`  // that is shown
	Attention *attentionData `json:"attention"`
	Log       []string       `json:"log"`
	Version   int64          `json:"version"`
	Curve     figureView     `json:"-"`
	Map       figureView     `json:"-"`
}

type metricData struct {
	Name string        `json:"name"`
	Unit string        `json:"unit,omitempty"`
	Last tracker.Value `json:"last"`
}

// attentionData is the map that is shown, and what else there is to choose.
type attentionData struct {
	Capture  int64    `json:"capture"`
	Prompt   string   `json:"prompt"`
	Step     int64    `json:"step"`
	Layer    int      `json:"layer"`
	Head     int      `json:"head"`
	Prompts  []string `json:"prompts"`
	Steps    []int64  `json:"steps"`
	Layers   int      `json:"layers"`
	Heads    int      `json:"heads"`
	Tokens   []string `json:"tokens"`
	captures []tracker.CaptureInfo
}

func (s *Server) run(r *http.Request) (view, error) {
	run, err := s.Store.Run(r.Context(), r.PathValue("run"))
	if err != nil {
		return view{}, err
	}
	d := runData{Run: run, Metric: r.URL.Query().Get("metric"), Log: []string{}}
	if d.Version, err = s.Store.Version(r.Context()); err != nil {
		return view{}, err
	}
	infos, err := s.Store.MetricInfos(r.Context(), run.ID)
	if err != nil {
		return view{}, err
	}
	d.metrics(run, infos)
	captures, err := s.Store.Captures(r.Context(), run.ID)
	if err != nil {
		return view{}, err
	}
	d.Attention = chooseAttention(captures, r)
	if len(run.Attempts) > 0 {
		d.Log = logTail(s.Store.LogPath(run.ID, len(run.Attempts)))
	}
	if d.Metric != "" {
		d.Curve = s.show(r, figureView{
			ID: "curve", Request: viz.Request{Kind: "curve", Runs: []string{d.ID}, Metric: d.Metric, Live: true, Query: -1}, Version: d.Version, Alt: d.Metric + " of this run",
		})
	}
	if d.Attention != nil {
		d.Map = s.show(r, d.Attention.figure())
	}
	return view{"run", run.Experiment + "/" + run.Variant + "/" + strconv.FormatInt(run.Seed, 10), d}, nil
}

func (d *runData) metrics(run tracker.Run, infos map[string]tracker.MetricInfo) {
	d.Metrics = []metricData{}
	for name, last := range run.Metrics {
		d.Metrics = append(d.Metrics, metricData{name, infos[name].Unit, last})
	}
	slices.SortFunc(d.Metrics, func(a, b metricData) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	if d.Metric == "" && len(d.Metrics) > 0 {
		d.Metric = d.Metrics[0].Name
		for _, preferred := range []string{"train/loss", "val/loss"} {
			if _, ok := run.Metrics[preferred]; ok {
				d.Metric = preferred
			}
		}
	}
}

// chooseAttention finds the map that a request asks for, or the nearest to it: the last step, the first layer and head.
func chooseAttention(captures []tracker.CaptureInfo, r *http.Request) *attentionData {
	if len(captures) == 0 {
		return nil
	}
	a := &attentionData{captures: captures, Prompt: r.FormValue("prompt")}
	for _, c := range captures {
		if !slices.Contains(a.Prompts, c.Context) {
			a.Prompts = append(a.Prompts, c.Context)
		}
	}
	if !slices.Contains(a.Prompts, a.Prompt) {
		a.Prompt = a.Prompts[0]
	}
	want := int64(formInt(r, "step", 1<<62))
	var chosen tracker.CaptureInfo
	for _, c := range captures {
		if c.Context != a.Prompt {
			continue
		}
		a.Steps = append(a.Steps, c.Step)
		if chosen.ID == 0 || c.Step <= want {
			chosen = c
		}
	}
	a.Capture, a.Step, a.Layers, a.Heads, a.Tokens = chosen.ID, chosen.Step, chosen.Layers, chosen.Heads, chosen.Tokens
	a.Layer = min(max(formInt(r, "layer", 0), 0), a.Layers-1)
	a.Head = min(max(formInt(r, "head", 0), 0), a.Heads-1)
	return a
}

func formInt(r *http.Request, name string, otherwise int) int {
	n, err := strconv.Atoi(r.FormValue(name))
	if err != nil {
		return otherwise
	}
	return n
}

// AllLayers and AllHeads are the choices of a map's form.
func (a attentionData) AllLayers() []int { return upTo(a.Layers) }

// AllHeads are the heads of a layer.
func (a attentionData) AllHeads() []int { return upTo(a.Heads) }

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// SpecText is the spec as indented JSON.
func (d runData) SpecText() string {
	var out bytes.Buffer
	if json.Indent(&out, d.Spec, "", "  ") != nil {
		return string(d.Spec)
	}
	return out.String()
}

// figure is the map.
func (a *attentionData) figure() figureView {
	where := fmt.Sprintf("layer %d, head %d, step %d", a.Layer, a.Head, a.Step)
	return figureView{
		ID: "attention", Request: viz.Request{Kind: "attention", Capture: a.Capture, Layer: a.Layer, Head: a.Head, Query: -1}, Version: a.Capture,
		Alt: "Attention weights of " + where + ": one row per query token, one column per key token",
	}
}
