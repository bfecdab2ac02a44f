package viz

import (
	"fmt"
	"image"
	"math"
	"strconv"
	"strings"
	"unicode"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"inkstone/tracker"
)

// The measures of an attention map, in points.
const (
	mapSide   vg.Length = 330 // of the longer side, at most
	cellSide  vg.Length = 24  // of a cell, at most
	tokenRoom vg.Length = 84  // for a token's text, at most
	barWidth  vg.Length = 9
)

// attention is one head's weights, [queries, keys], and how they are shown.
type attention struct {
	info      tracker.CaptureInfo
	heading   string
	values    []float32
	low, high float64 // of the colours
	broken    int     // values that are no finite numbers
}

// AttentionMap draws the weights of one head of a capture, values[queries, keys] row-major: a cell for every pair, keys to
// the right and queries downward, each named by its token, and the scale of the colours, from 0 to the greatest weight.
// layer and head count from 0. Sizes that do not agree are tracker.ErrInvalid.
func AttentionMap(info tracker.CaptureInfo, layer, head int, values []float32) (*Figure, error) {
	switch {
	case info.Queries <= 0 || info.Keys <= 0 || len(values) != info.Queries*info.Keys:
		return nil, fmt.Errorf("%w: draw an attention map: %d values for %d queries and %d keys", tracker.ErrInvalid, len(values), info.Queries, info.Keys)
	case layer < 0 || layer >= info.Layers || head < 0 || head >= info.Heads:
		return nil, fmt.Errorf("%w: draw an attention map: layer %d, head %d of %d layers with %d heads", tracker.ErrInvalid, layer, head, info.Layers, info.Heads)
	case len(info.Tokens) != info.Keys:
		return nil, fmt.Errorf("%w: draw an attention map: %d tokens for %d keys", tracker.ErrInvalid, len(info.Tokens), info.Keys)
	}
	a := &attention{info: info, values: values, heading: fmt.Sprintf("Layer %d, head %d, step %s", layer, head, grouped(int(info.Step)))}
	if info.Context != "" {
		a.heading += ", " + info.Context
	}
	for _, v := range values {
		if !finite(float64(v)) {
			a.broken++
			continue
		}
		a.low, a.high = min(a.low, float64(v)), max(a.high, float64(v))
	}
	if a.low == a.high {
		a.high = 1
	}
	f := &Figure{title: info.Name + ": " + a.heading, facts: a.facts(), size: a.size, draw: a.draw, rows: a.rows}
	for i := range info.Tokens {
		f.texts = append(f.texts, a.token(i))
	}
	return f, nil
}

// rows are all weights as a table.
func (a *attention) rows() [][]string {
	rows := [][]string{{"query", "key", "query_token", "key_token", "weight"}}
	for i, v := range a.values {
		q, k := i/a.info.Keys, i%a.info.Keys
		token := ""
		if a.info.Queries == a.info.Keys {
			token = a.info.Tokens[q]
		}
		rows = append(rows, []string{strconv.Itoa(q), strconv.Itoa(k), token, a.info.Tokens[k], strconv.FormatFloat(float64(v), 'g', -1, 32)})
	}
	return rows
}

func (a *attention) facts() []string {
	facts := []string{fmt.Sprintf("Attention weights (no unit), n = 1 capture. %s: %d queries (downward) by %d keys (to the right), colours from %s to %s.",
		a.heading, a.info.Queries, a.info.Keys, significant(a.low), significant(a.high))}
	if every := a.every(); every > 1 {
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

// cell is the side of a cell.
func (a *attention) cell() vg.Length {
	return min(cellSide, mapSide/vg.Length(max(a.info.Queries, a.info.Keys)))
}

// every is how many tokens share a name, so that names do not touch.
func (a *attention) every() int {
	return max(1, int(math.Ceil(float64(1.1*sizeToken/a.cell()))))
}

// token is a key's text as it can be read: spaces as dots, control characters escaped.
func (a *attention) token(i int) string {
	var b strings.Builder
	for _, r := range a.info.Tokens[i] {
		switch {
		case r == ' ':
			b.WriteRune('·')
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case !unicode.IsPrint(r) || r == unicode.ReplacementChar:
			b.WriteString(codePoint(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// name of a key, or of a query, cut to its room.
func (a *attention) name(l *look, i int, query bool) string {
	if query && a.info.Queries != a.info.Keys {
		return strconv.Itoa(i)
	}
	s := a.token(i)
	style := l.style(sizeToken, l.text)
	for letters := []rune(s); style.Width(s) > tokenRoom && len(letters) > 1; {
		letters = letters[:len(letters)-1]
		s = string(letters) + "…"
	}
	return s
}

// room is the greatest width of the names.
func (a *attention) room(l *look, n int, query bool) vg.Length {
	style, widest := l.style(sizeToken, l.text), vg.Length(0)
	for i := 0; i < n; i += a.every() {
		widest = max(widest, style.Width(a.name(l, i, query)))
	}
	return widest
}

// frame is where the parts of the map lie: the room to its left and above it, and its size.
type frame struct{ left, top, width, height, right vg.Length }

func (a *attention) frame(l *look) frame {
	const axisName, gap = rowHeight, 5
	scale := l.style(sizeTick, l.text).Width(number(a.high, 0.01*a.high))
	return frame{
		left: axisName + a.room(l, a.info.Queries, true) + gap, top: rowHeight + 6 + axisName + a.room(l, a.info.Keys, false) + gap,
		width: a.cell() * vg.Length(a.info.Keys), height: a.cell() * vg.Length(a.info.Queries),
		right: 14 + barWidth + 6 + scale + rowHeight,
	}
}

// scaleHeight is the least height of the scale of colours.
const scaleHeight vg.Length = 60

func (a *attention) size(l *look) (width, height vg.Length) {
	f := a.frame(l)
	least := 2*margin + l.style(sizeText, l.text).Width(a.heading)
	return max(2*margin+f.left+f.width+f.right, least), 2*margin + f.top + max(f.height, scaleHeight)
}

func (a *attention) draw(l *look, c draw.Canvas) {
	c = draw.Crop(c, margin, -margin, margin, -margin)
	f := a.frame(l)
	l.write(c, l.style(sizeText, l.text), vg.Point{X: c.Min.X, Y: c.Max.Y - rowHeight/2}, a.heading)
	corner := vg.Point{X: c.Min.X + f.left, Y: c.Max.Y - f.top} // top left of the map
	box := vg.Rectangle{Min: vg.Point{X: corner.X, Y: corner.Y - f.height}, Max: vg.Point{X: corner.X + f.width, Y: corner.Y}}
	c.DrawImage(box, a.raster(l))
	outline(l, c, box)
	a.drawNames(l, c, f, box)
	bar := vg.Rectangle{Min: vg.Point{X: box.Max.X + 14, Y: box.Max.Y - max(f.height, scaleHeight)}, Max: vg.Point{X: box.Max.X + 14 + barWidth, Y: box.Max.Y}}
	a.drawScale(l, c, bar)
}

func outline(l *look, c draw.Canvas, box vg.Rectangle) {
	c.StrokeLines(draw.LineStyle{Color: l.axis, Width: widthAxis}, []vg.Point{box.Min, {X: box.Max.X, Y: box.Min.Y}, box.Max, {X: box.Min.X, Y: box.Max.Y}, box.Min})
}

// drawNames names the keys above the map, upward, the queries to its left, and both axes.
func (a *attention) drawNames(l *look, c draw.Canvas, f frame, box vg.Rectangle) {
	key, query := l.style(sizeToken, l.text), l.style(sizeToken, l.text)
	key.Rotation = math.Pi / 2
	query.XAlign = draw.XRight
	tick := draw.LineStyle{Color: l.axis, Width: widthAxis}
	for i := 0; i < a.info.Keys; i += a.every() {
		x := box.Min.X + a.cell()*(vg.Length(i)+0.5)
		c.StrokeLine2(tick, x, box.Max.Y, x, box.Max.Y+2.5)
		l.write(c, key, vg.Point{X: x, Y: box.Max.Y + 5}, a.name(l, i, false))
	}
	for i := 0; i < a.info.Queries; i += a.every() {
		y := box.Max.Y - a.cell()*(vg.Length(i)+0.5)
		c.StrokeLine2(tick, box.Min.X-2.5, y, box.Min.X, y)
		l.write(c, query, vg.Point{X: box.Min.X - 5, Y: y}, a.name(l, i, true))
	}
	axis := l.style(sizeTick, l.quiet)
	axis.XAlign = draw.XCenter
	l.write(c, axis, vg.Point{X: (box.Min.X + box.Max.X) / 2, Y: box.Max.Y + f.top - rowHeight - 6 - rowHeight/2}, "key")
	axis.Rotation = math.Pi / 2
	l.write(c, axis, vg.Point{X: box.Min.X - f.left + rowHeight/2, Y: (box.Min.Y + box.Max.Y) / 2}, "query")
}

// drawScale draws the colours with their values.
func (a *attention) drawScale(l *look, c draw.Canvas, bar vg.Rectangle) {
	const shades = alarmShade
	img := image.NewPaletted(image.Rect(0, 0, 1, shades), l.palette())
	for i := range shades {
		img.Pix[i] = uint8(shades - 1 - i)
	}
	c.DrawImage(bar, img)
	outline(l, c, bar)
	style := l.style(sizeTick, l.quiet)
	height := float64(bar.Max.Y - bar.Min.Y)
	marks := ticks(a.low, a.high, spacing(a.high-a.low, max(2, int(height/45))), number)
	for _, m := range marks {
		y := bar.Min.Y + vg.Length((m.Value-a.low)/(a.high-a.low)*height)
		c.StrokeLine2(draw.LineStyle{Color: l.axis, Width: widthAxis}, bar.Max.X, y, bar.Max.X+2.5, y)
		l.write(c, style, vg.Point{X: bar.Max.X + 5, Y: y}, m.Label)
	}
	style.XAlign, style.Rotation = draw.XCenter, math.Pi/2
	widest := l.style(sizeTick, l.text).Width(number(a.high, 0.01*a.high))
	l.write(c, style, vg.Point{X: bar.Max.X + 6 + widest + rowHeight/2, Y: (bar.Min.Y + bar.Max.Y) / 2}, "weight")
}

// raster is the map in pixels, some for every cell, so that programs that smooth images leave the cells' edges sharp.
func (a *attention) raster(l *look) image.Image {
	side := max(a.info.Queries, a.info.Keys)
	zoom := max(1, 1024/side)
	if l.types.format == "svg" {
		zoom = max(1, 128/side)
	}
	img := image.NewPaletted(image.Rect(0, 0, a.info.Keys*zoom, a.info.Queries*zoom), l.palette())
	for y := range a.info.Queries {
		row := img.Pix[y*zoom*img.Stride:][:img.Stride]
		for x := range row {
			row[x] = a.shade(float64(a.values[y*a.info.Keys+x/zoom]))
		}
		for copied := 1; copied < zoom; copied++ {
			copy(img.Pix[(y*zoom+copied)*img.Stride:], row)
		}
	}
	return img
}

// shade is the index of a weight's colour in the palette.
func (a *attention) shade(v float64) uint8 {
	if !finite(v) {
		return alarmShade
	}
	return uint8(math.Round((alarmShade - 1) * (v - a.low) / (a.high - a.low)))
}
