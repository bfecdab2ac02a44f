package viz

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// sans is the typeface of all text: its metrics are those of Arial, which stands in where a browser lacks it.
var sans = font.Font{Typeface: "Liberation", Variant: "Sans"}

var fonts = font.NewCache(liberation.Collection())

// typesetter measures and draws text. A browser finds the glyphs of an SVG by itself; elsewhere those that the typeface
// lacks come from a fallback font, as outlines, and where no font has them they are written as code points.
type typesetter struct {
	text.Plain
	format string
}

func newTypesetter(format string) *typesetter {
	return &typesetter{text.Plain{Fonts: fonts}, format}
}

// Box implements text.Handler.
func (t *typesetter) Box(s string, f font.Font) (width, height, depth vg.Length) {
	face := fonts.Lookup(f, f.Size)
	extents := face.Extents()
	for _, run := range t.runs(s) {
		if !run.foreign {
			width += face.Width(run.text)
			continue
		}
		for _, r := range run.text {
			width += f.Size * vg.Length(foreignWidth(r))
		}
	}
	return width, extents.Ascent, extents.Descent
}

// Draw implements text.Handler for a single line.
func (t *typesetter) Draw(c vg.Canvas, s string, style text.Style, at vg.Point) {
	if s == "" {
		return
	}
	face := fonts.Lookup(style.Font, style.Font.Size)
	c.SetColor(style.Color)
	if style.Rotation != 0 {
		c.Push()
		defer c.Pop()
		c.Rotate(style.Rotation)
		sin, cos := math.Sincos(style.Rotation)
		x, y := float64(at.X), float64(at.Y)
		at = vg.Point{X: vg.Length(y*sin + x*cos), Y: vg.Length(y*cos - x*sin)}
	}
	extents := face.Extents()
	at.X += vg.Length(style.XAlign) * style.Width(s)
	at.Y += vg.Length(style.YAlign)*style.Height(s) - extents.Ascent + style.Font.Size
	if t.format == "svg" {
		c.FillString(face, at, s)
		return
	}
	for _, run := range t.runs(s) {
		switch {
		case run.foreign:
			for _, r := range run.text {
				fillGlyph(c, fallback(), r, at, style.Font.Size)
				at.X += style.Font.Size * vg.Length(foreignWidth(r))
			}
			continue
		case t.format == "pdf" && !ascii(run.text), // PDF's simple fonts hold the Western code page alone.
			t.format == "tex" && !texKnows(run.text):
			pen := at
			for _, r := range run.text {
				fillGlyph(c, face.Face, r, pen, style.Font.Size)
				pen.X += face.Width(string(r))
			}
		default:
			c.FillString(face, at, run.text)
		}
		at.X += face.Width(run.text)
	}
}

// run is a piece of text that comes from one font.
type run struct {
	text    string
	foreign bool
}

// runs splits text by font. Outside a browser, what no font has becomes code points.
func (t *typesetter) runs(s string) []run {
	if ascii(s) {
		return []run{{text: s}}
	}
	var runs []run
	for _, r := range s {
		next := run{text: string(r)}
		if !inTypeface(r) {
			switch {
			case t.format == "svg" || hasGlyph(fallback(), r):
				next.foreign = true
			default:
				next.text = codePoint(r)
			}
		}
		if last := len(runs) - 1; last >= 0 && runs[last].foreign == next.foreign {
			runs[last].text += next.text
		} else {
			runs = append(runs, next)
		}
	}
	return runs
}

// codePoint writes a character in ASCII, as "U+4E2D".
func codePoint(r rune) string { return fmt.Sprintf("U+%04X", r) }

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

func inTypeface(r rune) bool {
	return r <= unicode.MaxASCII || hasGlyph(fonts.Lookup(sans, sizeText).Face, r)
}

// foreignWidth is the advance of a character that the typeface lacks, in ems: a full square for East Asian ones.
func foreignWidth(r rune) float64 {
	switch {
	case unicode.Is(unicode.Mn, r):
		return 0
	case r >= 0x1100:
		return 1
	}
	return 0.6
}

// missingGlyphs says which characters PNG and PDF show as code points, or nothing.
func missingGlyphs(texts []string) string {
	var lacking []rune
	for _, s := range texts {
		for _, r := range s {
			if !inTypeface(r) && !hasGlyph(fallback(), r) && !slices.Contains(lacking, r) {
				lacking = append(lacking, r)
			}
		}
	}
	if len(lacking) == 0 {
		return ""
	}
	return fmt.Sprintf("In PNG and PDF %d %s shown as code points, as no font here has them: name a TrueType or OpenType font that has in %s.",
		len(lacking), plural(len(lacking), "character is", "characters are"), fontVariable)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
