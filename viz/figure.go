package viz

import (
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
	size  func(l *look) (width, height vg.Length)
	draw  func(l *look, c draw.Canvas)
	title string
	facts []string
	// texts are what a font might lack.
	texts []string
	theme Theme
	// chart is what the lines of a figure are; nil of other figures.
	chart *chart
	// rows are the data of a figure without lines, as a table whose first row is the head.
	rows func() [][]string
	// data is what JSON says of a figure without lines in place of its rows; nil where these are all.
	data func(caption string) any
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
