package viz

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The places of a map's palette: colours from weak to strong, and three that stand for no weight.
const (
	shades      = 253
	gapShade    = 253 // between pictures: nothing
	hiddenShade = 254 // a key that is left out
	alarmShade  = 255 // no finite number
)

// shading gives the weights of a map their colours.
type shading struct {
	low, high float64
	// diverging scales have 0 in the middle: colours of differences.
	diverging bool
}

// shadingOf reaches from 0 to the greatest weight, or below 0 where there are such; differences reach as far on both sides.
// Values that are no finite numbers are counted.
func shadingOf(values func(yield func(float32) bool), diverging bool) (s shading, broken int) {
	s.diverging = diverging
	for v := range values {
		if x := float64(v); finite(x) {
			s.low, s.high = min(s.low, x), max(s.high, x)
		} else {
			broken++
		}
	}
	if diverging {
		s.high = max(s.high, -s.low)
		s.low = -s.high
	}
	if s.low == s.high {
		s.high = 1
		if diverging {
			s.low = -1
		}
	}
	return s, broken
}

// shade is the place of a weight's colour in the palette.
func (s shading) shade(v float64) uint8 {
	if !finite(v) {
		return alarmShade
	}
	return uint8(math.Round((shades - 1) * min(max((v-s.low)/(s.high-s.low), 0), 1)))
}

// palette is what shade and the other places point into.
func (s shading) palette(l *look) color.Palette {
	ramp := l.ramp
	if s.diverging {
		ramp = l.diverging
	}
	colors := ramped(ramp, shades)
	return append(colors, color.NRGBA{}, l.grid, l.alarm)
}

// scaleBar is how wide a scale is drawn, and how high at least.
const (
	barWidth    vg.Length = 9
	barGap      vg.Length = 14
	scaleHeight vg.Length = 60
)

// width is that of the drawn scale with its labels and its gap.
func (s shading) width(l *look) vg.Length { return barGap + barWidth + 6 + s.labels(l) + rowHeight }

func (s shading) labels(l *look) vg.Length {
	style := l.style(sizeTick, l.text)
	return max(style.Width(number(s.high, 0.01*s.high)), style.Width(number(s.low, 0.01*s.high)))
}

// draw draws the colours with their values to the right of a box.
func (s shading) draw(l *look, c draw.Canvas, box vg.Rectangle, name string) {
	left := box.Max.X + barGap
	bar := vg.Rectangle{Min: vg.Point{X: left, Y: min(box.Min.Y, box.Max.Y-scaleHeight)}, Max: vg.Point{X: left + barWidth, Y: box.Max.Y}}
	img := image.NewPaletted(image.Rect(0, 0, 1, shades), s.palette(l))
	for i := range shades {
		img.Pix[i] = uint8(shades - 1 - i)
	}
	c.DrawImage(bar, img)
	outline(l, c, bar)
	style := l.style(sizeTick, l.quiet)
	height := float64(bar.Max.Y - bar.Min.Y)
	for _, m := range ticks(s.low, s.high, spacing(s.high-s.low, max(2, int(height/45))), number) {
		y := bar.Min.Y + vg.Length((m.Value-s.low)/(s.high-s.low)*height)
		c.StrokeLine2(draw.LineStyle{Color: l.axis, Width: widthAxis}, bar.Max.X, y, bar.Max.X+2.5, y)
		l.write(c, style, vg.Point{X: bar.Max.X + 5, Y: y}, m.Label)
	}
	style.XAlign, style.Rotation = draw.XCenter, math.Pi/2
	l.write(c, style, vg.Point{X: bar.Max.X + 6 + s.labels(l) + rowHeight/2, Y: (bar.Min.Y + bar.Max.Y) / 2}, name)
}

func outline(l *look, c draw.Canvas, box vg.Rectangle) {
	c.StrokeLines(draw.LineStyle{Color: l.axis, Width: widthAxis}, []vg.Point{box.Min, {X: box.Max.X, Y: box.Min.Y}, box.Max, {X: box.Min.X, Y: box.Max.Y}, box.Min})
}
