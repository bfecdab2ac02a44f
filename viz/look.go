package viz

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The measures of every figure, in points. A figure is as wide as a page's text.
const (
	figureWidth vg.Length = 504
	panelHeight vg.Length = 250 // of the axes with their labels
	margin      vg.Length = 8

	sizeText  vg.Length = 9.5 // axis labels and legend
	sizeTick  vg.Length = 8.5
	sizeToken vg.Length = 8.5

	widthMean   vg.Length = 1.5
	widthSeed   vg.Length = 0.5
	widthSingle vg.Length = 1.1
	widthAxis   vg.Length = 0.7
	widthGrid   vg.Length = 0.5

	// manySeries is beyond what colours tell apart: bands get faint, and single seeds are left to the bands.
	manySeries = 12
)

// ink is the set of colours of a theme.
type ink struct {
	// ground is that of figures; page and mark are those of pages about them, and of what stands out there.
	ground, page, mark, text, quiet, axis, grid, alarm color.NRGBA
	// link is what can be followed, and what goes on; the others are how runs end.
	link, finished, failed, stopped color.NRGBA
	// series are the colours of variants; the first is the baseline's.
	series []color.NRGBA
	// ramp are the colours of a map: of no weight, of half the greatest, and of the greatest.
	ramp [3]color.NRGBA
	// diverging are those of a map of differences: of the least, of 0, and of the greatest.
	diverging [3]color.NRGBA
}

// The series colours are those of Okabe and Ito (Color Universal Design, 2008), told apart with any kind of colour vision;
// the yellow is darkened for paper, the blue lightened for the dark.
var inks = map[Theme]ink{
	Light: {
		ground: rgb(0xffffff), page: rgb(0xf7f8fa), mark: rgb(0xedf0f4), text: rgb(0x1b1d22), quiet: rgb(0x5c626c), axis: rgb(0x8a8f99), grid: rgb(0xdfe2e8), alarm: rgb(0xd00030),
		link: rgb(0x0a5aa6), finished: rgb(0x147542), failed: rgb(0xb3261e), stopped: rgb(0x855600),
		series:    []color.NRGBA{rgb(0x16181d), rgb(0x0072b2), rgb(0xd55e00), rgb(0x009e73), rgb(0xcc79a7), rgb(0x56b4e9), rgb(0xe69f00), rgb(0xa89200)},
		ramp:      [3]color.NRGBA{rgb(0xf6f8fb), rgb(0x4a9fc9), rgb(0x0b2447)},
		diverging: [3]color.NRGBA{rgb(0xa8430a), rgb(0xf6f6f6), rgb(0x0a5a9c)},
	},
	Dark: {
		ground: rgb(0x181b21), page: rgb(0x111318), mark: rgb(0x22262e), text: rgb(0xe7e9ee), quiet: rgb(0x9fa6b2), axis: rgb(0x6b717d), grid: rgb(0x2d323b), alarm: rgb(0xff5c7a),
		link: rgb(0x7db8f2), finished: rgb(0x5fcf94), failed: rgb(0xff8a80), stopped: rgb(0xf0bd5c),
		series:    []color.NRGBA{rgb(0xf2f3f5), rgb(0x4aa8e8), rgb(0xf07c33), rgb(0x1fc296), rgb(0xe08fc0), rgb(0x8fd0f5), rgb(0xf0b429), rgb(0xf0e442)},
		ramp:      [3]color.NRGBA{rgb(0x1b1f27), rgb(0x2f86b5), rgb(0xf3f7d8)},
		diverging: [3]color.NRGBA{rgb(0xffa35c), rgb(0x22262e), rgb(0x6fc1ff)},
	},
}

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

// faded is a colour with some of its opacity.
func faded(c color.NRGBA, opacity float64) color.NRGBA {
	c.A = uint8(math.Round(float64(c.A) * opacity))
	return c
}

// look is how a figure is drawn in one theme and one format.
type look struct {
	ink
	types *typesetter
}

func newLook(t Theme, format string) *look {
	return &look{ink: inks[t], types: newTypesetter(format)}
}

// style is a style of text.
func (l *look) style(size vg.Length, c color.Color) text.Style {
	return text.Style{Color: c, Font: font.From(sans, size), Handler: l.types}
}

// write writes text whose letters, without what hangs below the line, are centered on a point in the direction across it.
func (l *look) write(c draw.Canvas, style text.Style, at vg.Point, s string) {
	style.YAlign = draw.YCenter
	descent := 0.8 * style.FontExtents().Descent
	sin, cos := math.Sincos(style.Rotation)
	c.FillText(style, at.Add(vg.Point{X: -vg.Length(sin) * descent, Y: vg.Length(cos) * descent}), s)
}

// The dashes tell colours apart that come around again.
var dashes = [][]vg.Length{nil, {4, 2}, {1.2, 1.6}, {6, 1.8, 1.2, 1.8}}

// color is that of the i-th series. The baseline's, 0, is no other's.
func (l *look) color(i int) color.NRGBA {
	if i == 0 {
		return l.series[0]
	}
	return l.series[1+(i-1)%(len(l.series)-1)]
}

// line is the line of the i-th series.
func (l *look) line(i int, width vg.Length) draw.LineStyle {
	round := max(i-1, 0) / (len(l.series) - 1)
	return draw.LineStyle{Color: l.color(i), Width: width, Dashes: dashes[round%len(dashes)]}
}

// axes is an empty plot in this look.
func (l *look) axes(xLabel, yLabel string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.TextHandler = l.types
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.LineStyle = draw.LineStyle{Color: l.axis, Width: widthAxis}
		axis.Padding = 0
		axis.Tick.LineStyle = axis.LineStyle
		axis.Tick.Length = 3
		label, tick := &axis.Label.TextStyle, &axis.Tick.Label
		label.Font, label.Color, label.Handler = font.From(sans, sizeText), l.text, l.types
		tick.Font, tick.Color, tick.Handler = font.From(sans, sizeTick), l.quiet, l.types
	}
	p.X.Label.Text, p.Y.Label.Text = xLabel, yLabel
	p.X.Label.Padding, p.Y.Label.Padding = 4, 4
	p.X.Tick.Marker, p.Y.Tick.Marker = stepTicks{}, valueTicks{}
	p.Y.LineStyle.Width, p.Y.Tick.Length = 0, 0
	p.Add(grid{l})
	return p
}

// grid is faint lines at the values that the vertical axis names.
type grid struct{ *look }

// Plot implements plot.Plotter.
func (g grid) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	for _, tick := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if at := y(tick.Value); !tick.IsMinor() && at > c.Min.Y+widthAxis {
			c.StrokeLine2(draw.LineStyle{Color: g.grid, Width: widthGrid}, c.Min.X, at, c.Max.X, at)
		}
	}
}
