package viz

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// entry is a line of a legend: a sample of what is drawn, a name, and a remark in a quieter colour.
type entry struct {
	name, remark string
	sample       func(l *look, c draw.Canvas, left, right vg.Point)
}

const (
	sampleWidth vg.Length = 18
	entryGap    vg.Length = 16
	rowHeight   vg.Length = 14
	remarkGap   vg.Length = 8 // also enough where a browser's letters are wider than ours
)

// seriesSample is a piece of the i-th line on its band.
func seriesSample(i int, band float64) func(l *look, c draw.Canvas, left, right vg.Point) {
	return func(l *look, c draw.Canvas, left, right vg.Point) {
		line := l.line(i, widthMean)
		if band > 0 {
			fillBox(c, faded(l.color(i), band), left.X, right.X, left.Y-4, left.Y+4)
		}
		c.StrokeLine2(line, left.X, left.Y, right.X, right.Y)
	}
}

// markSample is a mark as it is drawn at the edge of the axes.
func markSample(kind broken) func(l *look, c draw.Canvas, left, right vg.Point) {
	return func(l *look, c draw.Canvas, left, right vg.Point) {
		drawMark(c, kind, l.text, vg.Point{X: (left.X + right.X) / 2, Y: left.Y})
	}
}

func fillBox(c draw.Canvas, ink color.Color, left, right, low, high vg.Length) {
	c.SetColor(ink)
	var path vg.Path
	path.Move(vg.Point{X: left, Y: low})
	path.Line(vg.Point{X: right, Y: low})
	path.Line(vg.Point{X: right, Y: high})
	path.Line(vg.Point{X: left, Y: high})
	path.Close()
	c.Fill(path)
}

// width of an entry, and its name cut to fit into a row.
func (e entry) fit(l *look, row vg.Length) (name string, width vg.Length) {
	style := l.style(sizeText, l.text)
	rest := sampleWidth + 5
	if e.remark != "" {
		rest += remarkGap + style.Width(e.remark)
	}
	name = cut(e.name, row-rest, style.Width)
	return name, rest + style.Width(name)
}

// cut shortens a name in its middle until it fits.
func cut(name string, room vg.Length, width func(string) vg.Length) string {
	letters, short := []rune(name), name
	for left := len(letters) - 1; left >= 8 && width(short) > room; left-- {
		short = string(letters[:left/2]) + "…" + string(letters[len(letters)-(left+1)/2:])
	}
	return short
}

// placed is an entry with its place in the legend: row from the top and distance from the left.
type placed struct {
	entry
	row  int
	left vg.Length
}

// flow places entries in columns, as many as fit.
func flow(l *look, entries []entry, width vg.Length) (all []placed, rows int) {
	if len(entries) == 0 {
		return nil, 0
	}
	widths := make([]vg.Length, len(entries))
	for i, e := range entries {
		e.name, widths[i] = e.fit(l, width)
		all = append(all, placed{entry: e})
	}
	perRow := len(all)
	lefts := columnsAt(widths, perRow)
	for ; perRow > 1 && lefts[perRow]-entryGap > width; lefts = columnsAt(widths, perRow) {
		perRow--
	}
	rows = (len(all) + perRow - 1) / perRow
	perRow = (len(all) + rows - 1) / rows // No row much shorter than the others.
	lefts = columnsAt(widths, perRow)
	for i := range all {
		all[i].row, all[i].left = i/perRow, lefts[i%perRow]
	}
	return all, rows
}

// columnsAt is where so many columns begin, and where the last ends.
func columnsAt(widths []vg.Length, columns int) []vg.Length {
	lefts := make([]vg.Length, columns+1)
	for i, w := range widths {
		column := i % columns
		lefts[column+1] = max(lefts[column+1], w+entryGap)
	}
	for i := range columns {
		lefts[i+1] += lefts[i]
	}
	return lefts
}

// drawLegend draws entries from the top left corner of a canvas.
func drawLegend(l *look, c draw.Canvas, all []placed) {
	name, remark := l.style(sizeText, l.text), l.style(sizeText, l.quiet)
	for _, e := range all {
		y := c.Max.Y - rowHeight*(vg.Length(e.row)+0.5)
		left := vg.Point{X: c.Min.X + e.left, Y: y}
		e.sample(l, c, left, vg.Point{X: left.X + sampleWidth, Y: y})
		x := left.X + sampleWidth + 5
		l.write(c, name, vg.Point{X: x, Y: y}, e.name)
		l.write(c, remark, vg.Point{X: x + name.Width(e.name) + remarkGap, Y: y}, e.remark)
	}
}
