package viz

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// curve is a line through points, broken at gaps. A point between two gaps is a dot.
type curve struct {
	line   draw.LineStyle
	points []xy
	gaps   []bool // before a point; nil for none
}

// through is the curve through the finite ones of points, thinned along an axis.
func through(line draw.LineStyle, points []xy, xs scale) curve {
	c := curve{line: line}
	for _, k := range thin(len(points), columns, func(i int) xy { return xy{xs.place(points[i].x), points[i].y} }) {
		c.points, c.gaps = append(c.points, points[k.index]), append(c.gaps, k.gap)
	}
	return c
}

// Plot implements plot.Plotter.
func (v curve) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var path vg.Path
	for i, point := range v.points {
		at := vg.Point{X: x(point.x), Y: y(point.y)}
		starts := i == 0 || v.gaps != nil && v.gaps[i]
		ends := i+1 == len(v.points) || v.gaps != nil && v.gaps[i+1]
		switch {
		case starts && ends:
			c.SetColor(v.line.Color)
			c.Fill(dot(at, max(1.2*v.line.Width, 1)))
		case starts:
			path.Move(at)
		default:
			path.Line(at)
		}
	}
	if len(path) > 0 {
		c.SetLineStyle(v.line)
		c.Stroke(path)
	}
}

func dot(at vg.Point, radius vg.Length) vg.Path {
	var path vg.Path
	path.Move(vg.Point{X: at.X + radius, Y: at.Y})
	path.Arc(at, radius, 0, 2*math.Pi)
	path.Close()
	return path
}

// ribbon is the area of an interval over steps.
type ribbon struct {
	fill   color.Color
	pieces [][]interval
}

// Plot implements plot.Plotter.
func (r ribbon) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	c.SetColor(r.fill)
	for _, piece := range r.pieces {
		var path vg.Path
		if len(piece) == 1 { // An interval with nothing beside it is a bar.
			at := piece[0]
			path = bar(x(at.x), y(at.low), y(at.high))
		} else {
			for i, at := range piece {
				if i == 0 {
					path.Move(vg.Point{X: x(at.x), Y: y(at.high)})
					continue
				}
				path.Line(vg.Point{X: x(at.x), Y: y(at.high)})
			}
			for i := len(piece) - 1; i >= 0; i-- {
				path.Line(vg.Point{X: x(piece[i].x), Y: y(piece[i].low)})
			}
			path.Close()
		}
		c.Fill(path)
	}
}

func bar(x, low, high vg.Length) vg.Path {
	var path vg.Path
	path.Move(vg.Point{X: x - 1.5, Y: low})
	path.Line(vg.Point{X: x + 1.5, Y: low})
	path.Line(vg.Point{X: x + 1.5, Y: high})
	path.Line(vg.Point{X: x - 1.5, Y: high})
	path.Close()
	return path
}

// broken is a kind of value that no axis has.
type broken int

const (
	notNumber broken = iota
	plusInfinity
	minusInfinity
)

var brokenNames = [...]string{"NaN", "+∞", "−∞"}

// brokenKind says of which kind a value is.
func brokenKind(v float64) (broken, bool) {
	switch {
	case math.IsNaN(v):
		return notNumber, true
	case math.IsInf(v, 1):
		return plusInfinity, true
	case math.IsInf(v, -1):
		return minusInfinity, true
	}
	return 0, false
}

// edgeMarks are marks for values that no axis has, at the edge of the axes: a cross at the top for NaN, a triangle at the
// top for +∞ and one at the bottom for −∞.
type edgeMarks struct {
	color  color.Color
	points []xy // of which the finite ones are not drawn
}

// markSize is a mark's radius; within one there is room for one mark of a kind.
const markSize vg.Length = 2.4

// Plot implements plot.Plotter.
func (m edgeMarks) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	var last [3]vg.Length
	var seen [3]bool
	for _, point := range m.points {
		kind, isBroken := brokenKind(point.y)
		if !isBroken {
			continue
		}
		at := vg.Point{X: x(point.x), Y: c.Max.Y - markSize - 1}
		if kind == minusInfinity {
			at.Y = c.Min.Y + markSize + 2
		}
		if seen[kind] && at.X-last[kind] < markSize {
			continue
		}
		last[kind], seen[kind] = at.X, true
		drawMark(c, kind, m.color, at)
	}
}

// drawMark draws a mark about a point.
func drawMark(c draw.Canvas, kind broken, ink color.Color, at vg.Point) {
	r := markSize
	var path vg.Path
	if kind == notNumber {
		c.SetLineStyle(draw.LineStyle{Color: ink, Width: 1})
		for _, slope := range []vg.Length{1, -1} {
			path.Move(vg.Point{X: at.X - r*0.8, Y: at.Y - slope*r*0.8})
			path.Line(vg.Point{X: at.X + r*0.8, Y: at.Y + slope*r*0.8})
		}
		c.Stroke(path)
		return
	}
	up := r
	if kind == minusInfinity {
		up = -r
	}
	path.Move(vg.Point{X: at.X - r, Y: at.Y - up})
	path.Line(vg.Point{X: at.X + r, Y: at.Y - up})
	path.Line(vg.Point{X: at.X, Y: at.Y + up})
	path.Close()
	c.SetColor(ink)
	c.Fill(path)
}
