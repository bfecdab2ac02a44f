package viz

import (
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// chart is what a figure of lines consists of.
type chart struct {
	title, xLabel, yLabel string
	xTicks                plot.Ticker // nil for steps
	legend                []entry
	// reading says how the figure is read, in the figure.
	reading string
	// sentence stands in place of the axes where there is nothing to draw.
	sentence string
	facts    []string
	// plotters are what lies on the axes.
	plotters func(l *look, e extent) []plot.Plotter
	extent   extent
	// lines are what is drawn, as data.
	lines []line
	// bare figures are lines alone, without axes, legend and room.
	bare bool
}

// chart begins a chart of what is read.
func (r *Reading) chart(title, yLabel string) chart {
	ch := chart{title: title, xLabel: axisLabel(r.request.X, r.axisUnit), yLabel: yLabel, extent: newExtent()}
	ch.extent.xs, ch.extent.ys, ch.extent.window = r.xs, r.ys, r.window()
	ch.extent.live = r.request.Live && r.request.To == nil && r.Running()
	switch r.request.X {
	case "":
		ch.extent.end = r.maxStep
	case timeAxis:
		ch.xTicks = timeTicks{}
	default:
		ch.xTicks = amountTicks{}
	}
	return ch
}

// commonFacts are what every caption says: how much the figure stands for, and what was done to it.
func (r *Reading) commonFacts() []string {
	facts := sources(r.all(), r.request.X)
	if len(r.excluded) > 0 {
		facts = append(facts, "Left out: "+few(r.excluded)+".")
	}
	facts = append(facts, r.window().fact(axisLabel(r.request.X, ""))...)
	facts = append(facts, r.smooth.fact(axisLabel(r.request.X, ""), !strings.Contains(r.request.Kind, "difference"))...)
	if r.between() && r.request.Kind != "curve" {
		facts = append(facts, "Runs are joined at equal places of the axis, between whose points they are linear.")
	}
	return facts
}

// finish leaves room for what comes, and chooses what depends on everything that is drawn.
func (ch *chart) finish() {
	ch.extent.ys.fit(ch.extent.sizes)
	ch.extent.xs.fit(ch.extent.places)
	ch.facts = append(append(ch.facts, ch.extent.facts()...), repeated(ch.lines)...)
}

// figure lays a chart out: the legend above the axes, so that it covers nothing.
func (ch chart) figure() *Figure {
	ch.finish()
	f := &Figure{title: ch.title, facts: ch.facts, texts: []string{ch.title, ch.yLabel}, chart: &ch}
	entries := ch.entries()
	for _, e := range entries {
		f.texts = append(f.texts, e.name)
	}
	inner := figureWidth - 2*margin
	f.size = func(l *look) (width, height vg.Length) {
		_, rows := flow(l, entries, inner)
		return figureWidth, 2*margin + panelHeight + ch.heading(rows)
	}
	f.draw = func(l *look, c draw.Canvas) {
		below := ch.crop(l, c)
		c = draw.Crop(c, margin, -margin, margin, -margin)
		all, rows := flow(l, entries, inner)
		drawLegend(l, c, all)
		if ch.reading != "" {
			l.write(c, l.style(sizeTick, l.quiet), vg.Point{X: c.Min.X, Y: c.Max.Y - rowHeight*(vg.Length(rows)+0.5)}, ch.reading)
		}
		ch.axes(l, below)
	}
	return f
}

// entries are the whole legend.
func (ch chart) entries() []entry {
	return append(ch.legend[:len(ch.legend):len(ch.legend)], ch.extent.brokenEntries()...)
}

// crop is the room below the legend.
func (ch chart) crop(l *look, c draw.Canvas) draw.Canvas {
	c = draw.Crop(c, margin, -margin, margin, -margin)
	_, rows := flow(l, ch.entries(), figureWidth-2*margin)
	return draw.Crop(c, 0, 0, 0, -ch.heading(rows))
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
	ch.plot(l).Draw(ch.named(l, c))
}

// named writes the vertical axis' name where gonum cannot: it looks for the middle of an axis in its values, and finds it
// elsewhere on a logarithm.
func (ch chart) named(l *look, c draw.Canvas) draw.Canvas {
	if ch.extent.ys.kind == "" {
		return c
	}
	style := l.style(sizeText, l.text)
	style.Rotation, style.XAlign = math.Pi/2, draw.XCenter
	l.write(c, style, vg.Point{X: c.Min.X + rowHeight/2, Y: c.Center().Y + rowHeight}, cut(ch.yLabel, longestY, style.Width))
	return draw.Crop(c, rowHeight+2, 0, 0, 0)
}

// plot is the axes with what lies on them.
func (ch chart) plot(l *look) *plot.Plot {
	name := ch.yLabel
	if ch.extent.ys.kind != "" {
		name = ""
	}
	p := l.axes(ch.xLabel, name)
	if ch.xTicks != nil {
		p.X.Tick.Marker = ch.xTicks
	}
	if ch.xLabel == axisLabel(timeAxis, "") {
		p.X.Label.Text = "time since the run began" // with a unit at every tick
	}
	p.Add(ch.plotters(l, ch.extent)...)
	ch.extent.apply(p)
	return p
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
