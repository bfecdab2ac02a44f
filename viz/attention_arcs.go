package viz

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"inkstone/tracker"
)

// The measures of arcs, in points.
const (
	arcHeight vg.Length = 110
	arcWidth  vg.Length = 4 // of the strongest
)

// faint is the share of the strongest weight below which no arc is drawn.
const faint = 0.02

// drawArcs draws an arc from one query to every key that it looks at, wide and strong as the weight.
func drawArcs(ctx context.Context, s *tracker.Store, r Request) (*Figure, error) {
	a, err := readRow(ctx, s, r)
	if err != nil {
		return nil, err
	}
	if a.info.Queries != a.info.Keys {
		return nil, fmt.Errorf("%w: arcs join tokens of one text, and capture %d has %d queries for %d keys; choose the bars", tracker.ErrInvalid, r.Capture, a.info.Queries, a.info.Keys)
	}
	a.what, a.height, a.paint = "arcs", arcHeight+arcWidth, a.paintArcs
	if n := a.faintArcs(); n > 0 {
		a.facts = append(a.facts, fmt.Sprintf("%s below a fiftieth of the strongest %s not drawn.", amount(n, "weight", "weights"), plural(n, "is", "are")))
	}
	return a.figure(), nil
}

// strength is a weight's share of the strongest.
func (a *attentionRow) strength(v float32) float64 {
	return math.Abs(float64(v)) / max(a.scale.high, -a.scale.low)
}

func (a *attentionRow) faintArcs() (n int) {
	for key, v := range a.row {
		if v != 0 && !a.hidden(key) && finite(float64(v)) && a.strength(v) < faint {
			n++
		}
	}
	return n
}

func (a *attentionRow) paintArcs(l *look, c draw.Canvas, x func(key int) vg.Length) {
	c.StrokeLine2(draw.LineStyle{Color: l.axis, Width: widthAxis}, c.Min.X, c.Min.Y, c.Max.X, c.Min.Y)
	for key, v := range a.row {
		if a.hidden(key) || !finite(float64(v)) || a.strength(v) < faint {
			continue
		}
		c.SetLineStyle(draw.LineStyle{Color: faded(a.color(l, float64(v)), 0.25+0.75*a.strength(v)), Width: max(0.4, arcWidth*vg.Length(a.strength(v)))})
		c.Stroke(arc(vg.Point{X: x(a.query), Y: c.Min.Y}, x(key), a.arcHeight(key)))
	}
	dot := draw.GlyphStyle{Color: l.text, Radius: 2.6, Shape: draw.CircleGlyph{}}
	c.DrawGlyph(dot, vg.Point{X: x(a.query), Y: c.Min.Y})
}

// arcHeight is higher for keys farther away.
func (a *attentionRow) arcHeight(key int) vg.Length {
	span := max(a.query, a.info.Keys-1-a.query, 1)
	return arcHeight * vg.Length(0.12+0.88*math.Abs(float64(a.query-key))/float64(span))
}

// arc goes from a point to another on the same height; to itself it is a loop.
func arc(from vg.Point, to, height vg.Length) vg.Path {
	var path vg.Path
	path.Move(from)
	left, right := from.X, to
	if left == right {
		left, right = left-8, right+8
	}
	up := from.Y + height*4/3
	path.CubeTo(vg.Point{X: left, Y: up}, vg.Point{X: right, Y: up}, vg.Point{X: to, Y: from.Y})
	return path
}
