package viz

import (
	"io"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Theme is the ground that a figure is drawn on.
type Theme int

// The themes. Light is that of paper and the default.
const (
	Light Theme = iota
	Dark
)

// Figure is a figure with the facts of its caption. Write draws it; it may be written more than once, and concurrently.
type Figure struct {
	size func(l *look) (width, height vg.Length)
	draw func(l *look, c draw.Canvas)
	// table and data write what the figure is drawn from, as "csv" and "json"; nil where it has no such form.
	table func(w io.Writer) error
	data  func(w io.Writer, l *look, caption string) error
	title string
	facts []string
	// texts are what a font might lack.
	texts []string
	theme Theme
}

// Themed is the same figure on another ground.
func (f *Figure) Themed(t Theme) *Figure {
	themed := *f
	themed.theme = t
	return &themed
}

// Caption says in sentences what the figure shows: metric, unit, n, interval, how many points it stands for, and what is
// missing.
func (f *Figure) Caption() string {
	facts := f.facts
	if warning := missingGlyphs(f.texts); warning != "" {
		facts = append(facts[:len(facts):len(facts)], warning)
	}
	return strings.Join(facts, " ")
}
