package viz

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"inkstone/internal/thousands"
	"inkstone/tracker"
)

// attention is a map of weights, [queries, keys] row-major, and how it is shown.
type attention struct {
	info    tracker.CaptureInfo
	heading string // what it is of
	values  []float32
	scale   shading
	broken  int // values that are no finite numbers
	query   int // a row that is marked, -1: none
	// hideFirst leaves the first key out of the colours.
	hideFirst bool
	// quantity is what the values are, and unit what stands beside the colours.
	quantity, unit string
	facts          []string
}

// AttentionMap draws the weights of one head of a capture, values[queries, keys] row-major: a cell for every pair, keys to
// the right and queries downward, each named by its token, and the scale of the colours, from 0 to the greatest weight.
// layer and head count from 0. Sizes that do not agree are tracker.ErrInvalid.
func AttentionMap(info tracker.CaptureInfo, layer, head int, values []float32) (*Figure, error) {
	a, err := newAttention(info, Request{Layer: layer, Head: head, Query: -1}, values)
	if err != nil {
		return nil, err
	}
	return a.figure(), nil
}

// drawAttention draws a head, or what has changed in it since another capture.
func drawAttention(ctx context.Context, s *tracker.Store, r Request) (*Figure, error) {
	a, err := readAttention(ctx, s, r)
	if err != nil {
		return nil, err
	}
	return a.figure(), nil
}

// readAttention reads what a request for a single head's weights is of.
func readAttention(ctx context.Context, s *tracker.Store, r Request) (*attention, error) {
	info, values, err := s.CaptureHead(ctx, r.Capture, r.Layer, r.Head)
	if err == nil {
		err = r.owns(info)
	}
	if err != nil {
		return nil, err
	}
	if r.Against != 0 {
		return readDifference(ctx, s, r, info, values)
	}
	a, err := newAttention(info, r, values)
	if err != nil {
		return nil, err
	}
	return a, a.nameRun(ctx, s)
}

// owns refuses a capture that is of another kind, or of another run than the one that is named.
func (r Request) owns(info tracker.CaptureInfo) error {
	switch {
	case info.Kind != tracker.Attention:
		return fmt.Errorf("%w: capture %d is of kind %q, and no attention map", tracker.ErrInvalid, info.ID, info.Kind)
	case len(r.Runs) > 0 && !slices.Contains(r.Runs, info.Run):
		return fmt.Errorf("%w: run %s has no capture %d", tracker.ErrNotFound, r.Runs[0], info.ID)
	}
	return nil
}

func newAttention(info tracker.CaptureInfo, r Request, values []float32) (*attention, error) {
	switch {
	case info.Queries <= 0 || info.Keys <= 0 || len(values) != info.Queries*info.Keys:
		return nil, fmt.Errorf("%w: draw an attention map: %d values for %d queries and %d keys", tracker.ErrInvalid, len(values), info.Queries, info.Keys)
	case r.Layer < 0 || r.Layer >= info.Layers || r.Head < 0 || r.Head >= info.Heads:
		return nil, fmt.Errorf("%w: draw an attention map: layer %d, head %d of %d layers with %d heads", tracker.ErrInvalid, r.Layer, r.Head, info.Layers, info.Heads)
	case len(info.Tokens) != info.Keys:
		return nil, fmt.Errorf("%w: draw an attention map: %d tokens for %d keys", tracker.ErrInvalid, len(info.Tokens), info.Keys)
	case r.Query >= info.Queries:
		return nil, fmt.Errorf("%w: draw an attention map: query %d of %d; they count from 0", tracker.ErrInvalid, r.Query, info.Queries)
	}
	a := &attention{
		info: info, values: values, query: r.Query, hideFirst: r.HideFirst, quantity: "Attention weights (no unit)", unit: "weight",
		heading: fmt.Sprintf("Layer %d, head %d, step %s", r.Layer, r.Head, thousands.Int(int(info.Step))) + inContext(info),
	}
	a.colour(false)
	return a, nil
}

func inContext(info tracker.CaptureInfo) string {
	if info.Context == "" {
		return ""
	}
	return ", " + info.Context
}

// colour makes the scale of the values that are shown.
func (a *attention) colour(diverging bool) {
	a.scale, a.broken = shading{diverging: diverging}, 0
	for query := range a.info.Queries {
		a.broken += a.scale.see(a.shownOf(query)...)
	}
	a.scale.close()
}

// shownOf are a query's values that have a part in the colours.
func (a *attention) shownOf(query int) []float32 {
	row := a.values[query*a.info.Keys:][:a.info.Keys]
	if a.hidden(0) {
		row = row[1:]
	}
	return row
}

func (a *attention) hidden(key int) bool { return a.hideFirst && key == 0 && a.info.Keys > 1 }

// nameRun tells of which run the map is.
func (a *attention) nameRun(ctx context.Context, s *tracker.Store) error {
	name, err := trialOf(ctx, s, a.info.Run)
	a.facts = append(a.facts, "Run: "+name+".")
	return err
}

func trialOf(ctx context.Context, s *tracker.Store, id string) (string, error) {
	run, err := s.Run(ctx, id)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s/%s, seed %d", run.Experiment, run.Variant, run.Seed), nil
}

func (a *attention) figure() *Figure {
	f := &Figure{title: a.info.Name + ": " + a.heading, facts: a.caption(), size: a.size, draw: a.draw, rows: a.rows, data: a.data}
	for _, token := range a.info.Tokens {
		f.texts = append(f.texts, TokenText(token))
	}
	return f
}

func (a *attention) caption() []string {
	facts := []string{fmt.Sprintf("%s, n = 1 capture. %s: %d queries (downward) by %d keys (to the right), colours from %s to %s.",
		a.quantity, a.heading, a.info.Queries, a.info.Keys, significant(a.scale.low), significant(a.scale.high))}
	facts = append(facts, a.facts...)
	if a.hidden(0) {
		facts = append(facts, "The first key is left out of the map and of its colours; the other weights are as they were.")
	}
	if a.query >= 0 {
		facts = append(facts, fmt.Sprintf("Query %d is framed.", a.query))
	}
	if every := a.keys().every(); every > 1 {
		facts = append(facts, fmt.Sprintf("One of %d tokens is named.", every))
	}
	if a.info.Queries != a.info.Keys {
		facts = append(facts, "Queries are named by their position.")
	}
	if a.broken > 0 {
		facts = append(facts, fmt.Sprintf("%s, in the colour of errors.", amount(a.broken, "weight is no finite number", "weights are no finite numbers")))
	}
	return facts
}

func significant(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }

// Weights reads the values of a head, or of a difference, [queries, keys] row-major.
func Weights(ctx context.Context, s *tracker.Store, r Request) ([]float32, error) {
	a, err := readAttention(ctx, s, r)
	if err != nil {
		return nil, err
	}
	return a.values, nil
}
