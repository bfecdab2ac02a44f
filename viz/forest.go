package viz

import (
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Forest is a forest plot: differences from a baseline, each with its interval, below one another.
type Forest struct {
	Title, Label string // of the axis: "difference in val/loss (nats)"
	Facts        []string
	Rows         []ForestRow
	// Sentence stands in place of the axes where no row has a difference.
	Sentence string
}

// ForestRow is one difference. What is not defined is nil.
type ForestRow struct {
	Name            string
	Diff, Low, High *float64
	// Number and Remark are written beside it: the difference as a table prints it, its n.
	Number, Remark string
	// Clear differences are drawn full, others hollow.
	Clear bool
}

// The measures of a forest plot, in points.
const (
	forestRow  vg.Length = 22
	forestName vg.Length = 150 // at most
	forestDot  vg.Length = 3.2
)

// Figure lays the forest plot out.
func (f Forest) Figure() *Figure {
	figure := &Figure{title: f.Title, facts: f.Facts, texts: []string{f.Title, f.Label}, rows: f.table}
	for _, r := range f.Rows {
		figure.texts = append(figure.texts, r.Name)
	}
	figure.size = func(*look) (width, height vg.Length) {
		return figureWidth, 2*margin + forestRow*vg.Length(max(len(f.Rows), 3)) + 40
	}
	figure.draw = func(l *look, c draw.Canvas) {
		c = draw.Crop(c, margin, -margin, margin, -margin)
		if f.Sentence != "" {
			drawSentence(l, c, f.Sentence)
			return
		}
		f.draw(l, c)
	}
	return figure
}

func (f Forest) table() [][]string {
	rows := [][]string{{"name", "difference", "low", "high", "n"}}
	value := func(v *float64) string {
		if v == nil {
			return ""
		}
		return digits(*v)
	}
	for _, r := range f.Rows {
		rows = append(rows, []string{r.Name, value(r.Diff), value(r.Low), value(r.High), r.Remark})
	}
	return rows
}

func (f Forest) draw(l *look, c draw.Canvas) {
	text, remark := l.style(sizeText, l.text), l.style(sizeTick, l.quiet)
	right, middle := vg.Length(0), vg.Length(0)
	for _, r := range f.Rows {
		middle, right = max(middle, text.Width(r.Number)), max(right, remark.Width(r.Remark))
	}
	p := l.axes(f.Label, "")
	f.extent().apply(p)
	p.Y.Min, p.Y.Max, p.Y.Scale = -0.5, float64(len(f.Rows))-0.5, plot.LinearScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = valueTicks{}, f.names(l)
	p.Add(forestRows{l, f.Rows})
	inner := draw.Crop(c, 0, -(middle + right + 22), 0, 0)
	p.Draw(inner)
	area := p.DataCanvas(inner)
	for i, r := range f.Rows {
		y := area.Y(1 - (float64(i)+0.5)/float64(len(f.Rows)))
		l.write(c, text, vg.Point{X: area.Max.X + 10, Y: y}, strings.Replace(r.Number, "-", "−", 1))
		l.write(c, remark, vg.Point{X: area.Max.X + 10 + middle + 12, Y: y}, r.Remark)
	}
}

// names are the rows' names as ticks, the first at the top.
func (f Forest) names(l *look) plot.ConstantTicks {
	var names plot.ConstantTicks
	for i, r := range f.Rows {
		names = append(names, plot.Tick{Value: float64(len(f.Rows) - 1 - i), Label: cut(r.Name, forestName, l.style(sizeTick, l.text).Width)})
	}
	return names
}

// extent is the range of the differences along the axis, zero included. It borrows the vertical axis' room.
func (f Forest) extent() extent {
	e := newExtent()
	e.x0, e.x1 = 0, 0
	for _, r := range f.Rows {
		for _, v := range []*float64{r.Diff, r.Low, r.High} {
			if v != nil && finite(*v) {
				e.x0, e.x1 = min(e.x0, *v), max(e.x1, *v)
			}
		}
	}
	e.x0, e.x1 = widenLinear(e.x0, e.x1, 0.05, 0.05)
	return e
}

// forestRows draws a dot and an interval for every row, and the zero line.
type forestRows struct {
	*look
	rows []ForestRow
}

// Plot implements plot.Plotter.
func (f forestRows) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	c.StrokeLine2(draw.LineStyle{Color: f.series[0], Width: 1}, x(0), c.Min.Y, x(0), c.Max.Y)
	for i, r := range slices.Backward(f.rows) {
		if r.Diff == nil {
			continue
		}
		at := vg.Point{X: x(*r.Diff), Y: y(float64(len(f.rows) - 1 - i))}
		ink := f.color(i + 1)
		if r.Low != nil && r.High != nil {
			c.StrokeLine2(draw.LineStyle{Color: ink, Width: widthMean}, x(*r.Low), at.Y, x(*r.High), at.Y)
			for _, end := range []vg.Length{x(*r.Low), x(*r.High)} {
				c.StrokeLine2(draw.LineStyle{Color: ink, Width: widthMean}, end, at.Y-3, end, at.Y+3)
			}
		}
		c.SetColor(ink)
		c.Fill(dot(at, forestDot))
		if !r.Clear {
			c.SetColor(f.ground)
			c.Fill(dot(at, forestDot-1.3))
		}
	}
}
