package viz

import (
	"fmt"
	"image"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"inkstone/internal/thousands"
	"inkstone/tracker/heads"
)

// The measures of the grid, in points.
const (
	gridWidth vg.Length = 700 // of the pictures, at most
	headSide  vg.Length = 92  // of a picture, at most
	headGap   vg.Length = 2
	headLabel vg.Length = 12 // under a picture, where each has a name
)

// headFrame is where the pictures lie.
type headFrame struct {
	left, top, side vg.Length
	pitchX, pitchY  vg.Length
	rows            int
}

func (g *headGrid) frame(l *look) headFrame {
	f := headFrame{top: rowHeight + 4, rows: (len(g.order) + g.columns - 1) / g.columns}
	f.side = min(headSide, gridWidth/vg.Length(g.columns)-headGap)
	f.pitchX, f.pitchY = f.side+headGap, f.side+headGap
	if g.scores != nil {
		f.pitchY += headLabel
		return f
	}
	f.left, f.top = l.style(sizeTick, l.quiet).Width("layer "+strconv.Itoa(g.info.Layers-1))+5, f.top+rowHeight
	return f
}

func (g *headGrid) size(l *look) (width, height vg.Length) {
	f := g.frame(l)
	least := 2*margin + l.style(sizeText, l.text).Width(g.heading())
	return max(least, 2*margin+f.left+f.pitchX*vg.Length(g.columns)+g.scale.width(l)), 2*margin + f.top + max(f.pitchY*vg.Length(f.rows), scaleHeight)
}

func (g *headGrid) heading() string {
	heading := fmt.Sprintf("All heads, step %s", thousands.Int(int(g.info.Step))) + inContext(g.info)
	if g.scores != nil {
		heading += ", by " + g.by.Title()
	}
	return heading
}

func (g *headGrid) draw(l *look, c draw.Canvas) {
	c = draw.Crop(c, margin, -margin, margin, -margin)
	f := g.frame(l)
	l.write(c, l.style(sizeText, l.text), vg.Point{X: c.Min.X, Y: c.Max.Y - rowHeight/2}, g.heading())
	corner := vg.Point{X: c.Min.X + f.left, Y: c.Max.Y - f.top}
	img := g.raster(l, f)
	across, down := f.pitchX*vg.Length(g.columns), f.pitchY*vg.Length(f.rows)
	box := vg.Rectangle{Min: vg.Point{X: corner.X, Y: corner.Y - down}, Max: vg.Point{X: corner.X + across, Y: corner.Y}}
	c.DrawImage(box, img)
	if g.scores != nil {
		g.nameHeads(l, c, f, corner)
	} else {
		g.nameSides(l, c, f, corner)
	}
	box.Max.X -= headGap
	g.scale.draw(l, c, box, "weight")
}

// nameSides names layers to the left and heads above.
func (g *headGrid) nameSides(l *look, c draw.Canvas, f headFrame, corner vg.Point) {
	style := l.style(sizeTick, l.quiet)
	style.XAlign = draw.XRight
	for layer := range f.rows {
		l.write(c, style, vg.Point{X: corner.X - 5, Y: corner.Y - f.pitchY*vg.Length(layer) - f.side/2}, "layer "+strconv.Itoa(layer))
	}
	style.XAlign = draw.XCenter
	name := "head "
	if style.Width(name+"00") > f.side {
		name = ""
	}
	for head := range g.columns {
		l.write(c, style, vg.Point{X: corner.X + f.pitchX*vg.Length(head) + f.side/2, Y: corner.Y + rowHeight/2}, name+strconv.Itoa(head))
	}
}

// nameHeads names every head below its picture, with its score where there is room.
func (g *headGrid) nameHeads(l *look, c draw.Canvas, f headFrame, corner vg.Point) {
	style := l.style(min(sizeTick-1, max(5, f.side/4.2)), l.quiet)
	style.XAlign = draw.XCenter
	for i, p := range g.order {
		at := vg.Point{X: corner.X + f.pitchX*vg.Length(i%g.columns) + f.side/2, Y: corner.Y - f.pitchY*vg.Length(i/g.columns) - f.side - headLabel/2}
		name := heads.Context(p.Layer, p.Head)
		if v := g.scores.Of(p, g.by); finite(v) && style.Width(name+" 0.00") <= f.side {
			name += " " + strconv.FormatFloat(v, 'f', 2, 64)
		}
		l.write(c, style, at, name)
	}
}

// raster is all pictures in one image, with nothing between them.
func (g *headGrid) raster(l *look, f headFrame) image.Image {
	zoom := max(1, 64/max(g.thumbs.Rows, g.thumbs.Columns))
	if l.types.format != "svg" {
		zoom *= 2 // programs that smooth images leave the edges sharp
	}
	width, height := g.thumbs.Columns*zoom, g.thumbs.Rows*zoom
	stepX, stepY := pixels(width, f.pitchX, f.side), pixels(height, f.pitchY, f.side)
	img := image.NewPaletted(image.Rect(0, 0, stepX*g.columns, stepY*f.rows), g.scale.palette(l))
	for i := range img.Pix {
		img.Pix[i] = gapShade
	}
	colors := g.shades()
	for i, p := range g.order {
		cells := g.thumbs.Head(p.Layer, p.Head)
		for y := range height {
			row := img.Pix[(i/g.columns*stepY+y)*img.Stride+i%g.columns*stepX:][:width]
			from := cells[y/zoom*g.thumbs.Columns:]
			for x := range row {
				if row[x] = colors[from[x/zoom]]; g.hidden(x / zoom) {
					row[x] = hiddenShade
				}
			}
		}
	}
	return img
}

// shades are the places in the palette of all values that a cell can have.
func (g *headGrid) shades() (colors [256]uint8) {
	for v := range colors {
		colors[v] = g.scale.shade(float64(v) / 255)
	}
	return colors
}

// pixels is how many there are from one picture to the next, whose side has so many.
func pixels(side int, pitch, length vg.Length) int {
	return int(float64(side)*float64(pitch/length) + 0.5)
}
