package viz

import (
	"image"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The measures of an attention map, in points.
const (
	mapSide  vg.Length = 330 // of the longer side, at most
	cellSide vg.Length = 24  // of a cell, at most
)

// cell is the side of a cell.
func (a *attention) cell() vg.Length {
	return min(cellSide, mapSide/vg.Length(max(a.info.Queries, a.info.Keys)))
}

func (a *attention) keys() tokenAxis { return newTokenAxis(a.info.Tokens, a.info.Keys, a.cell()) }

func (a *attention) queries() tokenAxis {
	return newTokenAxis(a.info.Tokens, a.info.Queries, a.cell())
}

// frame is where the parts of the map lie: the room to its left and above it, and its size.
type frame struct{ left, top, width, height, right vg.Length }

func (a *attention) frame(l *look) frame {
	const axisName, gap = rowHeight, 5
	return frame{
		left: axisName + a.queries().room(l) + gap, top: rowHeight + 6 + axisName + a.keys().room(l) + gap,
		width: a.cell() * vg.Length(a.info.Keys), height: a.cell() * vg.Length(a.info.Queries), right: a.scale.width(l),
	}
}

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
	a.drawQuery(l, c, box)
	a.scale.draw(l, c, box, a.unit)
}

// drawNames names the keys above the map, upward, the queries to its left, and both axes.
func (a *attention) drawNames(l *look, c draw.Canvas, f frame, box vg.Rectangle) {
	key, query := l.style(sizeToken, l.text), l.style(sizeToken, l.text)
	key.Rotation = math.Pi / 2
	query.XAlign = draw.XRight
	tick := draw.LineStyle{Color: l.axis, Width: widthAxis}
	a.keys().named(l, func(i int, name string) {
		x := box.Min.X + a.cell()*(vg.Length(i)+0.5)
		c.StrokeLine2(tick, x, box.Max.Y, x, box.Max.Y+2.5)
		l.write(c, key, vg.Point{X: x, Y: box.Max.Y + 5}, name)
	})
	a.queries().named(l, func(i int, name string) {
		y := box.Max.Y - a.cell()*(vg.Length(i)+0.5)
		c.StrokeLine2(tick, box.Min.X-2.5, y, box.Min.X, y)
		l.write(c, query, vg.Point{X: box.Min.X - 5, Y: y}, name)
	})
	axis := l.style(sizeTick, l.quiet)
	axis.XAlign = draw.XCenter
	l.write(c, axis, vg.Point{X: (box.Min.X + box.Max.X) / 2, Y: box.Max.Y + f.top - rowHeight - 6 - rowHeight/2}, "key")
	axis.Rotation = math.Pi / 2
	l.write(c, axis, vg.Point{X: box.Min.X - f.left + rowHeight/2, Y: (box.Min.Y + box.Max.Y) / 2}, "query")
}

// drawQuery frames the chosen row.
func (a *attention) drawQuery(l *look, c draw.Canvas, box vg.Rectangle) {
	if a.query < 0 {
		return
	}
	top := box.Max.Y - a.cell()*vg.Length(a.query)
	row := vg.Rectangle{Min: vg.Point{X: box.Min.X, Y: top - a.cell()}, Max: vg.Point{X: box.Max.X, Y: top}}
	line := draw.LineStyle{Color: l.series[2], Width: widthSingle}
	c.StrokeLines(line, []vg.Point{row.Min, {X: row.Max.X, Y: row.Min.Y}, row.Max, {X: row.Min.X, Y: row.Max.Y}, row.Min})
}

// raster is the map in pixels, some for every cell, so that programs that smooth images leave the cells' edges sharp.
func (a *attention) raster(l *look) image.Image {
	side := max(a.info.Queries, a.info.Keys)
	zoom := max(1, 1024/side)
	switch l.types.format {
	case "svg":
		zoom = max(1, 128/side)
	case "tex":
		zoom = 1
	}
	img := image.NewPaletted(image.Rect(0, 0, a.info.Keys*zoom, a.info.Queries*zoom), a.scale.palette(l))
	for y := range a.info.Queries {
		row := img.Pix[y*zoom*img.Stride:][:img.Stride]
		for x := range row {
			row[x] = a.shade(y, x/zoom)
		}
		for copied := 1; copied < zoom; copied++ {
			copy(img.Pix[(y*zoom+copied)*img.Stride:], row)
		}
	}
	return img
}

func (a *attention) shade(query, key int) uint8 {
	if a.hidden(key) {
		return hiddenShade
	}
	return a.scale.shade(float64(a.values[query*a.info.Keys+key]))
}
