package viz

import (
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"strings"
	"unicode"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgtex"

	"inkstone/tracker"
)

// writeTeX writes a picture that a paper takes in with \input, after \usepackage{pgf}; its letters are the paper's own.
func (f *Figure) writeTeX(w io.Writer, l *look, canvas *vgtex.Canvas) error {
	c := &texCanvas{Canvas: canvas}
	f.draw(l, draw.New(c))
	if c.refusal != nil {
		return fmt.Errorf("write a figure as tex: %w", c.refusal)
	}
	for _, line := range []string{f.title, f.Caption()} {
		if _, err := fmt.Fprintf(w, "%% %s\n", strings.Join(strings.Fields(line), " ")); err != nil {
			return fmt.Errorf("write a figure as tex: %w", err)
		}
	}
	if _, err := canvas.WriteTo(w); err != nil {
		return fmt.Errorf("write a figure as tex: %w", err)
	}
	return nil
}

// texCanvas corrects what gonum's does to TeX: characters that mean something there are written as characters, colours keep their
// strength, outlines close, numbers have no exponents, and pictures are cells rather than files beside it.
type texCanvas struct {
	*vgtex.Canvas
	refusal error
}

// SetColor implements vg.Canvas.
func (c *texCanvas) SetColor(ink color.Color) {
	if ink == nil {
		ink = color.Black
	}
	c.Canvas.SetColor(straight(color.NRGBAModel.Convert(ink).(color.NRGBA)))
}

// Stroke implements vg.Canvas.
func (c *texCanvas) Stroke(p vg.Path) { c.Canvas.Stroke(texPath(p)) }

// Fill implements vg.Canvas.
func (c *texCanvas) Fill(p vg.Path) { c.Canvas.Fill(texPath(p)) }

// FillString implements vg.Canvas. The text stands in the middle of the room that it has in the figure's own letters.
func (c *texCanvas) FillString(face font.Face, at vg.Point, s string) {
	escaped := texSpecial.Replace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, s))
	at.X += (face.Width(s) - face.Width(escaped)) / 2 // gonum takes the middle of what is written
	c.Canvas.FillString(face, texPoint(at), escaped)
}

// mostCells is how many cells a picture may have in TeX, whose memory is small.
const mostCells = 64 * 64

// seam is how far a cell reaches below the next ones, so that no ground shines through between them.
const seam = 0.2

// DrawImage implements vg.Canvas.
func (c *texCanvas) DrawImage(box vg.Rectangle, img image.Image) {
	size := img.Bounds().Size()
	if size.X*size.Y > mostCells {
		c.refusal = fmt.Errorf("%w: TeX cannot hold a picture of %d × %d cells, but of at most %d; pdf can", tracker.ErrInvalid, size.X, size.Y, mostCells)
		return
	}
	width, height := box.Size().X/vg.Length(size.X), box.Size().Y/vg.Length(size.Y)
	for y := range size.Y {
		for x := range size.X {
			c.SetColor(img.At(img.Bounds().Min.X+x, img.Bounds().Min.Y+y))
			left, top := box.Min.X+width*vg.Length(x), box.Max.Y-height*vg.Length(y)
			c.Fill(vg.Rectangle{
				Min: vg.Point{X: left, Y: max(top-height-seam, box.Min.Y)}, Max: vg.Point{X: min(left+width+seam, box.Max.X), Y: top},
			}.Path())
		}
	}
}

// texPath closes outlines by lines, and rounds their points.
func texPath(p vg.Path) vg.Path {
	drawn := make(vg.Path, 0, len(p))
	var begin vg.Point
	for _, part := range p {
		part.Pos, part.Radius = texPoint(part.Pos), texLength(part.Radius)
		control := make([]vg.Point, len(part.Control))
		for i, at := range part.Control {
			control[i] = texPoint(at)
		}
		part.Control = control
		switch part.Type {
		case vg.MoveComp:
			begin = part.Pos
		case vg.CloseComp:
			part = vg.PathComp{Type: vg.LineComp, Pos: begin}
		}
		drawn = append(drawn, part)
	}
	return drawn
}

func texPoint(p vg.Point) vg.Point { return vg.Point{X: texLength(p.X), Y: texLength(p.Y)} }

// texLength rounds to a thousandth of a point.
func texLength(x vg.Length) vg.Length { return vg.Length(math.Round(float64(x)*1000) / 1000) }

// texSpecial writes characters that mean something to TeX, and those beyond ASCII that figures have.
var texSpecial = strings.NewReplacer(
	`\`, `\textbackslash{}`, "{", `\{`, "}", `\}`, "$", `\$`, "&", `\&`, "#", `\#`, "%", `\%`, "_", `\_`, "^", `\textasciicircum{}`, "~", `\textasciitilde{}`,
	"<", `\textless{}`, ">", `\textgreater{}`, "|", `\textbar{}`, `"`, `\textquotedbl{}`,
	"−", `$-$`, "–", `--`, "±", `$\pm$`, "×", `$\times$`, "…", `\dots{}`, "·", `\textperiodcentered{}`,
)

// texKnows tells whether all of a text can be written by letters that every TeX has.
func texKnows(s string) bool { return ascii(texSpecial.Replace(s)) }
