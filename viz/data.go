package viz

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image/color"
	"io"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// line is what a figure draws as one line: a mean with its intervals, or a run.
type line struct {
	name   string
	index  int // of its colour
	unit   string
	points []interval
	seeds  []series
	band   bool // the points are means, with intervals
}

// Data is a figure as numbers: where its axes lie, and what is drawn on them. Lengths are in points, from the top left corner.
type Data struct {
	Title   string  `json:"title"`
	Caption string  `json:"caption"`
	Points  int     `json:"points"` // that the figure stands for
	Width   float64 `json:"width"`
	Height  float64 `json:"height"`
	// Frame is the area of the lines; nil where there is nothing to draw.
	Frame *Frame   `json:"frame"`
	X     AxisData `json:"x"`
	Y     AxisData `json:"y"`
	Lines []Line   `json:"lines"`
	Marks []Mark   `json:"marks"`
}

// Frame is a rectangle in a figure.
type Frame struct {
	Left   float64 `json:"left"`
	Top    float64 `json:"top"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// AxisData says what lies at the ends of the frame, and how what is between is scaled: "linear", "log" or "symlog".
type AxisData struct {
	Label     string  `json:"label"`
	Scale     string  `json:"scale"`
	Min       float64 `json:"min"`
	Max       float64 `json:"max"`
	Threshold float64 `json:"threshold,omitempty"`
}

// Line is a line as it is drawn: of every pixel column at most the lowest and the highest point.
type Line struct {
	Name  string    `json:"name"`
	Color string    `json:"color"` // on a light ground
	Dark  string    `json:"dark"`
	Dash  []float64 `json:"dash,omitempty"`
	Runs  []string  `json:"runs"`
	Unit  string    `json:"unit,omitempty"`
	Least int       `json:"least"` // n of the points
	Most  int       `json:"most"`
	Last  *float64  `json:"last"`
	Knots []Knot    `json:"points"`
}

// Knot is a point of a line: x, y, the ends of its interval, n; in JSON a 1 behind them tells of a gap before it.
type Knot struct {
	interval
	Gap bool
}

// Mark is a value that no axis has.
type Mark struct {
	Line int     `json:"line"`
	X    float64 `json:"x"`
	Kind string  `json:"kind"` // "NaN", "Infinity" or "-Infinity"
}

// AppendJSON writes [x, y, low, high, n] or, behind a gap, [x, y, low, high, n, 1], with null for ends that there are not.
func (k Knot) AppendJSON(out []byte) []byte {
	out = append(out, '[')
	for _, v := range []float64{k.x, k.mean, k.low, k.high} {
		if finite(v) {
			out = strconv.AppendFloat(out, v, 'g', -1, 64)
		} else {
			out = append(out, "null"...)
		}
		out = append(out, ',')
	}
	out = strconv.AppendInt(out, int64(k.n), 10)
	if k.Gap {
		out = append(out, ",1"...)
	}
	return append(out, ']')
}

// X is the knot's place on the axis, Y its value.
func (k Knot) X() float64 { return k.x }

// Y is the knot's value.
func (k Knot) Y() float64 { return k.mean }

// knots are the line's points as they are drawn, a list of knots in JSON.
type knots []Knot

// MarshalJSON implements json.Marshaler.
func (all knots) MarshalJSON() ([]byte, error) {
	out := append(make([]byte, 0, 40*len(all)), '[')
	for i, k := range all {
		if i > 0 {
			out = append(out, ',')
		}
		out = k.AppendJSON(out)
	}
	return append(out, ']'), nil
}

// MarshalJSON implements json.Marshaler.
func (l Line) MarshalJSON() ([]byte, error) {
	type plain Line
	return json.Marshal(struct {
		plain
		Knots knots `json:"points"`
	}{plain(l), l.Knots})
}

// Data is the figure as numbers; nil of a figure that is not of lines.
func (f *Figure) Data() *Data {
	if f.chart == nil {
		return nil
	}
	ch := f.chart
	l := newLook(Light, "svg")
	width, height := f.size(l)
	d := &Data{Title: f.title, Caption: f.Caption(), Width: float64(width), Height: float64(height), Lines: []Line{}, Marks: []Mark{}}
	if ch.sentence == "" && !ch.bare {
		ch.locate(d, l, draw.New(vgsvg.New(width, height)))
	}
	for i, one := range ch.lines {
		d.Lines = append(d.Lines, one.data(l))
		for _, s := range one.seeds {
			d.Points += s.recorded
			d.Marks = append(d.Marks, marksOf(i, s.points)...)
		}
	}
	return d
}

// Knots counts the points that are drawn.
func (d *Data) Knots() (n int) {
	for _, l := range d.Lines {
		n += len(l.Knots)
	}
	return n
}

// locate says where the axes lie.
func (ch *chart) locate(d *Data, l *look, c draw.Canvas) {
	inner := ch.crop(l, c)
	p := ch.plot(l)
	area := p.DataCanvas(inner)
	d.Frame = &Frame{
		Left: float64(area.Min.X), Top: d.Height - float64(area.Max.Y),
		Width: float64(area.Max.X - area.Min.X), Height: float64(area.Max.Y - area.Min.Y),
	}
	d.X, d.Y = axisData(p.X, ch.extent.xs), axisData(p.Y, ch.extent.ys)
}

func axisData(a plot.Axis, s scale) AxisData {
	kind := s.kind
	if kind == "" {
		kind = "linear"
	}
	return AxisData{a.Label.Text, kind, a.Min, a.Max, s.threshold}
}

func (n line) data(l *look) Line {
	dark := inks[Dark]
	style := l.line(n.index, widthMean)
	out := Line{Name: n.name, Color: hex(style.Color), Dark: hex((&look{ink: dark}).color(n.index)), Unit: n.unit, Runs: []string{}, Knots: []Knot{}}
	for _, dash := range style.Dashes {
		out.Dash = append(out.Dash, float64(dash))
	}
	for _, s := range n.seeds {
		out.Runs = append(out.Runs, s.run)
	}
	out.Least, out.Most = (averaged{points: n.points}).counts()
	for _, k := range thin(len(n.points), columns, func(i int) xy { return xy{n.points[i].x, n.points[i].mean} }) {
		out.Knots = append(out.Knots, Knot{n.points[k.index], k.gap})
		last := n.points[k.index].mean
		out.Last = &last
	}
	return out
}

func hex(c color.Color) string {
	rgb := color.NRGBAModel.Convert(c).(color.NRGBA)
	return fmt.Sprintf("#%02x%02x%02x", rgb.R, rgb.G, rgb.B)
}

func marksOf(line int, points []xy) (marks []Mark) {
	for _, p := range points {
		if !finite(p.y) {
			marks = append(marks, Mark{line, p.x, digits(p.y)})
		}
	}
	return marks
}

// writeCSV writes what the figure is drawn from, with all digits: first each run's values, then the means with the ends of their
// intervals and their n, which leave seed and run empty.
func (f *Figure) writeCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if f.rows != nil {
		_ = out.WriteAll(f.rows()) // Error tells
	}
	if f.chart != nil {
		_ = out.Write([]string{"line", "seed", "run", f.chart.xLabel, "value", "low", "high", "n"})
		for _, n := range f.chart.lines {
			for _, s := range n.seeds {
				for _, p := range s.points {
					_ = out.Write([]string{n.name, strconv.FormatInt(s.seed, 10), s.run, digits(p.x), digits(p.y), "", "", ""})
				}
			}
		}
		for _, n := range f.chart.lines {
			for _, p := range n.points {
				if n.band && finite(p.mean) {
					_ = out.Write([]string{n.name, "", "", digits(p.x), digits(p.mean), optional(p.low), optional(p.high), strconv.Itoa(p.n)})
				}
			}
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write a figure as csv: %w", err)
	}
	return nil
}

func optional(v float64) string {
	if !finite(v) {
		return ""
	}
	return digits(v)
}

// digits writes a value so that it is read back the same.
func digits(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// writeJSON writes Data, or the rows of a figure without lines.
func (f *Figure) writeJSON(w io.Writer) error {
	var data any = f.Data()
	if f.data != nil {
		data = f.data(f.Caption())
	} else if f.chart == nil {
		table := struct {
			Title   string     `json:"title"`
			Caption string     `json:"caption"`
			Rows    [][]string `json:"rows"`
		}{f.title, f.Caption(), [][]string{}}
		if f.rows != nil {
			table.Rows = f.rows()
		}
		data = table
	}
	if err := json.NewEncoder(w).Encode(data); err != nil {
		return fmt.Errorf("write a figure as json: %w", err)
	}
	return nil
}
