package viz

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"inkstone/tracker"
)

// Request names a figure: what it is of, and how it is shown. Its text form is the query of the figure's address in the
// browser, and the flags of inkstone plot; equal requests of an unchanged store give the same bytes.
type Request struct {
	// Kind is one of Kinds.
	Kind string
	// Experiment is what an experiment's figures are of; Runs are the ids of what others are of.
	Experiment string
	Runs       []string
	// Where selects runs in the filter language, in place of Runs; Group says which of them go together (tracker.GroupRuns), and
	// Baseline is the group that others are compared with.
	Where, Group, Baseline string
	// Metric and Context name the series; the experiment's compared metric where Metric is empty.
	Metric, Context string
	// X is "" (steps), "time" (seconds since the run began) or the name of a metric that grows with the steps.
	X string
	// XScale and YScale are "" (linear), "log" or "symlog".
	XScale, YScale string
	// Smooth is "" (none), "ema:S" or "gaussian:S", S in units of the axis.
	Smooth string
	// From and To bound the axis; nil is the data's own end.
	From, To *float64
	// Capture is an attention map, Against another that is subtracted from it; Layer, Head and Query choose in it, from 0; a
	// Query of -1 is none. HideFirst leaves out the first key, which often draws most of the weight.
	Capture, Against   int64
	Layer, Head, Query int
	HideFirst          bool
	// Sort is the score by which the heads of a capture are sorted; by layer where empty.
	Sort string
	// Live leaves room on the axis for what runs that go on will bring.
	Live bool
	// Dark is the ground that a browser in the dark wants.
	Dark bool
}

// kind makes the figures of a kind: lines from a reading, anything else by itself.
type kind struct {
	lines func(*Reading) *Figure
	draw  func(ctx context.Context, s *tracker.Store, r Request) (*Figure, error)
	// fixed figures never change.
	fixed bool
}

// kinds are the figures that there are.
var kinds = map[string]kind{
	"curves":             {lines: curvesFigure},
	"compare":            {lines: curvesFigure},
	"difference":         {lines: differenceFigure},
	"compare-difference": {lines: differenceFigure},
	"curve":              {lines: runFigure},
	"spark":              {lines: sparkFigure},
	"attention":          {draw: drawAttention, fixed: true},
	"heads":              {draw: drawHeads, fixed: true},
	"arcs":               {draw: drawArcs, fixed: true},
	"profile":            {draw: drawProfile, fixed: true},
	"rollout":            {draw: drawRollout, fixed: true},
}

// Kinds are the names of the figures that there are.
func Kinds() []string {
	var names []string
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Fixed tells whether the figure never changes once its data is there.
func (r Request) Fixed() bool { return kinds[r.Kind].fixed && r.Sort == "" }

// Draw reads what the figure is of, and lays it out. An unknown kind or metric is tracker.ErrNotFound.
func (r Request) Draw(ctx context.Context, s *tracker.Store) (*Figure, error) {
	k, ok := kinds[r.Kind]
	if !ok {
		return nil, fmt.Errorf("%w: there is no figure %q; there are %s", tracker.ErrNotFound, r.Kind, strings.Join(Kinds(), ", "))
	}
	if k.lines == nil {
		f, err := k.draw(ctx, s, r)
		if err != nil {
			return nil, err
		}
		return r.themed(f), nil
	}
	reading, err := r.Read(ctx, s)
	if err != nil {
		return nil, err
	}
	return reading.Figure(), nil
}

// Lines tells whether the figure is of lines, which grow while runs go on; such are drawn from a Reading.
func (r Request) Lines() bool { return kinds[r.Kind].lines != nil }

// Figure lays out what is read.
func (r *Reading) Figure() *Figure { return r.request.themed(kinds[r.request.Kind].lines(r)) }

func (r Request) themed(f *Figure) *Figure {
	if r.Dark {
		return f.Themed(Dark)
	}
	return f
}

// ParseRequest reads a request's text form. A value that cannot be is tracker.ErrInvalid and names its field.
func ParseRequest(kind string, v url.Values) (Request, error) {
	r := Request{
		Kind: kind, Experiment: v.Get("experiment"), Runs: v["run"], Where: v.Get("where"), Group: v.Get("group"), Baseline: v.Get("baseline"), Metric: v.Get("metric"), Context: v.Get("context"), X: v.Get("x"),
		XScale: v.Get("xscale"), YScale: v.Get("yscale"), Smooth: v.Get("smooth"), HideFirst: v.Get("hidefirst") == "1", Sort: v.Get("sort"), Live: v.Get("live") == "1", Dark: v.Get("theme") == "dark", Query: -1,
	}
	p := requestParser{v: v}
	r.From, r.To = p.number("from"), p.number("to")
	r.Capture, r.Against = p.integer("capture", 0), p.integer("against", 0)
	r.Layer, r.Head, r.Query = int(p.integer("layer", 0)), int(p.integer("head", 0)), int(p.integer("query", -1))
	return r, p.err
}

// Values is the text form, without the kind.
func (r Request) Values() url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("experiment", r.Experiment)
	for _, run := range r.Runs {
		v.Add("run", run)
	}
	set("where", r.Where)
	set("group", r.Group)
	set("baseline", r.Baseline)
	set("metric", r.Metric)
	set("context", r.Context)
	set("x", r.X)
	set("xscale", r.XScale)
	set("yscale", r.YScale)
	set("smooth", r.Smooth)
	for name, bound := range map[string]*float64{"from": r.From, "to": r.To} {
		if bound != nil {
			set(name, digits(*bound))
		}
	}
	if r.Capture != 0 {
		set("capture", strconv.FormatInt(r.Capture, 10))
		set("layer", strconv.Itoa(r.Layer))
		set("head", strconv.Itoa(r.Head))
	}
	if r.Against != 0 {
		set("against", strconv.FormatInt(r.Against, 10))
	}
	if r.Query >= 0 && r.Capture != 0 {
		set("query", strconv.Itoa(r.Query))
	}
	set("sort", r.Sort)
	if r.HideFirst {
		set("hidefirst", "1")
	}
	if r.Live {
		set("live", "1")
	}
	if r.Dark {
		set("theme", "dark")
	}
	return v
}

// requestParser keeps the first mistake.
type requestParser struct {
	v   url.Values
	err error
}

func (p *requestParser) number(name string) *float64 {
	text := p.v.Get(name)
	if text == "" {
		return nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		p.mistake(name, text)
	}
	return &x
}

func (p *requestParser) integer(name string, otherwise int64) int64 {
	text := p.v.Get(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		p.mistake(name, text)
	}
	return n
}

func (p *requestParser) mistake(name, text string) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: %s=%q is no number", tracker.ErrInvalid, name, text)
	}
}
