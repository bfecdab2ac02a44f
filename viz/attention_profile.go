package viz

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"inkstone/tracker"
)

// profileHeight is that of the bars.
const profileHeight vg.Length = 110

// drawProfile draws the weights of one query as bars, the strongest with their values.
func drawProfile(ctx context.Context, s *tracker.Store, r Request) (*Figure, error) {
	a, err := readRow(ctx, s, r)
	if err != nil {
		return nil, err
	}
	a.what, a.height, a.paint = "bars", profileHeight+rowHeight, a.paintBars
	return a.figure(), nil
}

func (a *attentionRow) paintBars(l *look, c draw.Canvas, x func(key int) vg.Length) {
	low, high := min(a.scale.low, 0), a.scale.high
	y := func(v float64) vg.Length { return c.Min.Y + vg.Length((v-low)/(high-low))*profileHeight }
	a.paintAxis(l, c, y)
	half := a.line().pitch * 0.4
	for key, v := range a.row {
		if a.hidden(key) || !finite(float64(v)) || v == 0 {
			continue
		}
		from, to := y(0), y(float64(v))
		fillBox(c, a.color(l, float64(v)), x(key)-half, x(key)+half, min(from, to), max(from, to))
	}
	style := l.style(sizeTick-1, l.text)
	style.XAlign = draw.XCenter
	for _, key := range a.labelled(x, style.Width(a.valueLabel(a.scale.high))+3) {
		l.write(c, style, vg.Point{X: x(key), Y: y(max(float64(a.row[key]), 0)) + rowHeight/2}, a.valueLabel(float64(a.row[key])))
	}
}

// paintAxis draws lines at round values, named at the left.
func (a *attentionRow) paintAxis(l *look, c draw.Canvas, y func(float64) vg.Length) {
	style := l.style(sizeTick, l.quiet)
	style.XAlign = draw.XRight
	for _, m := range ticks(a.scale.low, a.scale.high, spacing(a.scale.high-a.scale.low, 3), number) {
		at := y(m.Value)
		c.StrokeLine2(draw.LineStyle{Color: l.grid, Width: widthGrid}, c.Min.X, at, c.Max.X, at)
		l.write(c, style, vg.Point{X: c.Min.X - 5, Y: at}, m.Label)
	}
	c.StrokeLine2(draw.LineStyle{Color: l.axis, Width: widthAxis}, c.Min.X, y(0), c.Max.X, y(0))
}

// valueLabel writes a weight with as many digits as tell the strongest ones apart.
func (a *attentionRow) valueLabel(v float64) string {
	strongest := min(max(a.scale.high, -a.scale.low), 0.11)
	return strings.Replace(strconv.FormatFloat(v, 'f', 1-int(math.Floor(math.Log10(strongest))), 64), "-", "−", 1)
}

// labelled are the keys whose values are written: the strongest first, as many as do not touch, and none below a tenth of the
// strongest.
func (a *attentionRow) labelled(x func(int) vg.Length, room vg.Length) []int {
	const least = 0.1
	var keys, chosen []int
	for key, v := range a.row {
		if !a.hidden(key) && finite(float64(v)) && a.strength(v) >= least {
			keys = append(keys, key)
		}
	}
	slices.SortStableFunc(keys, func(i, j int) int { return cmp.Compare(a.strength(a.row[j]), a.strength(a.row[i])) })
	for _, key := range keys {
		touches := func(other int) bool { return max(x(key)-x(other), x(other)-x(key)) < room }
		if !slices.ContainsFunc(chosen, touches) {
			chosen = append(chosen, key)
		}
	}
	return chosen
}
