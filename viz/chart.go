package viz

import (
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// chart is what a figure of lines over steps consists of.
type chart struct {
	title, yLabel string
	legend        []entry
	// reading says how the figure is read, in the figure.
	reading string
	// sentence stands in place of the axes where there is nothing to draw.
	sentence string
	facts    []string
	// plotters are what lies on the axes.
	plotters func(l *look) []plot.Plotter
	extent   extent
}

// extent is the range of what is drawn.
type extent struct {
	x0, x1, y0, y1 float64
	// broken are the kinds of values at the edges.
	broken [3]int
}

func newExtent() extent {
	return extent{x0: math.Inf(1), x1: math.Inf(-1), y0: math.Inf(1), y1: math.Inf(-1)}
}

// add widens the extent; values that no axis has are counted.
func (e *extent) add(x, y float64) {
	e.x0, e.x1 = min(e.x0, x), max(e.x1, x)
	if kind, isBroken := brokenKind(y); isBroken {
		e.broken[kind]++
		return
	}
	e.y0, e.y1 = min(e.y0, y), max(e.y1, y)
}

func (e *extent) addAll(points []xy) {
	for _, p := range points {
		e.add(p.x, p.y)
	}
}

// addBroken counts the values that no axis has, and leaves out the others.
func (e *extent) addBroken(points []xy) {
	for _, p := range points {
		if !finite(p.y) {
			e.add(p.x, p.y)
		}
	}
}

// addIntervals leaves out the ends that there are not.
func (e *extent) addIntervals(points []interval) {
	for _, p := range points {
		for _, y := range []float64{p.mean, p.low, p.high} {
			if finite(y) {
				e.add(p.x, y)
			}
		}
	}
}

// apply sets the ranges of axes, with room about the values and for marks at the edges.
func (e extent) apply(p *plot.Plot) {
	x0, x1, y0, y1 := e.x0, e.x1, e.y0, e.y1
	switch {
	case x0 > x1: // Nothing is drawn.
		x0, x1 = 0, 1
	case x0 > 0 && x0 <= 0.05*x1:
		x0 = 0
	}
	if x0 >= x1 {
		x0, x1 = x0-1, x1+1
	}
	if y0 > y1 { // Nothing is finite.
		y0, y1 = 0, 1
	}
	room := 0.1 * (y1/2 - y0/2)
	if !(room > 1e-9*max(math.Abs(y0), math.Abs(y1))) {
		room = max(0.05*math.Abs(y1), 1e-12)
	}
	y0, y1 = y0-room, y1+room
	if e.broken[notNumber]+e.broken[plusInfinity] > 0 {
		y1 += room
	}
	if e.broken[minusInfinity] > 0 {
		y0 -= room
	}
	p.X.Min, p.X.Max = x0, x1
	p.Y.Min, p.Y.Max, p.Y.Scale = max(y0, -math.MaxFloat64), min(y1, math.MaxFloat64), wideScale{}
}

// wideScale is a linear scale whose range may be wider than a float holds.
type wideScale struct{}

// Normalize implements plot.Normalizer.
func (wideScale) Normalize(low, high, v float64) float64 { return (v/2 - low/2) / (high/2 - low/2) }

// brokenEntries are the legend of marks at the edges.
func (e extent) brokenEntries() []entry {
	var some []entry
	for kind, n := range e.broken {
		if n > 0 {
			some = append(some, entry{name: brokenNames[kind], remark: grouped(n), sample: markSample(broken(kind))})
		}
	}
	return some
}

// figure lays a chart out: the legend above the axes, so that it covers nothing.
func (ch chart) figure() *Figure {
	f := &Figure{title: ch.title, facts: ch.facts, texts: []string{ch.title, ch.yLabel}}
	entries := append(ch.legend[:len(ch.legend):len(ch.legend)], ch.extent.brokenEntries()...)
	for _, e := range entries {
		f.texts = append(f.texts, e.name)
	}
	inner := figureWidth - 2*margin
	f.size = func(l *look) (width, height vg.Length) {
		_, rows := flow(l, entries, inner)
		return figureWidth, 2*margin + panelHeight + ch.heading(rows)
	}
	f.draw = func(l *look, c draw.Canvas) {
		c = draw.Crop(c, margin, -margin, margin, -margin)
		all, rows := flow(l, entries, inner)
		drawLegend(l, c, all)
		if ch.reading != "" {
			l.write(c, l.style(sizeTick, l.quiet), vg.Point{X: c.Min.X, Y: c.Max.Y - rowHeight*(vg.Length(rows)+0.5)}, ch.reading)
		}
		ch.axes(l, draw.Crop(c, 0, 0, 0, -ch.heading(rows)))
	}
	return f
}

// heading is the height of the legend and of the line under it.
func (ch chart) heading(rows int) vg.Length {
	height := vg.Length(rows) * rowHeight
	if ch.reading != "" {
		height += rowHeight
	}
	if height > 0 {
		height += 6
	}
	return height
}

func (ch chart) axes(l *look, c draw.Canvas) {
	if ch.sentence != "" {
		drawSentence(l, c, ch.sentence)
		return
	}
	p := l.axes("step", ch.yLabel)
	p.Add(ch.plotters(l)...)
	ch.extent.apply(p)
	p.Draw(c)
}

// drawSentence writes a sentence into the middle of an empty frame, broken into lines that fit.
func drawSentence(l *look, c draw.Canvas, sentence string) {
	c.StrokeLines(draw.LineStyle{Color: l.grid, Width: widthAxis}, []vg.Point{c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}, c.Min})
	style := l.style(sizeText+1, l.quiet)
	style.XAlign = draw.XCenter
	lines := wrap(sentence, func(s string) bool { return style.Width(s) <= 0.8*(c.Max.X-c.Min.X) })
	y := c.Center().Y + rowHeight*vg.Length(len(lines)-1)/2
	for i, line := range lines {
		l.write(c, style, vg.Point{X: c.Center().X, Y: y - rowHeight*vg.Length(i)}, line)
	}
}

// wrap breaks a sentence at spaces into lines that fit.
func wrap(sentence string, fits func(string) bool) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(sentence) {
		if next := strings.TrimSpace(line + " " + word); line == "" || fits(next) {
			line = next
			continue
		}
		lines, line = append(lines, line), word
	}
	return append(lines, line)
}
