package viz

import (
	"context"
	"fmt"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"inkstone/tracker"
)

// The measures of figures of one query, in points.
const (
	rowWidth  vg.Length = 600 // of the keys, at most
	keyPitch  vg.Length = 20  // between two keys, at most
	keyMargin vg.Length = 40  // to the left, for the values
)

// attentionRow is the weights of one query, with the keys along a line below which their tokens stand.
type attentionRow struct {
	*attention
	row    []float32
	what   string // "arcs" or "bars", for the caption
	height vg.Length
	paint  func(l *look, c draw.Canvas, x func(key int) vg.Length)
}

// readRow reads a query of what a request for a head is of.
func readRow(ctx context.Context, s *tracker.Store, r Request) (*attentionRow, error) {
	a, err := readAttention(ctx, s, r)
	if err != nil {
		return nil, err
	}
	if r.Query < 0 {
		return nil, fmt.Errorf("%w: %s are of one query: name it, as query=0 to %d", tracker.ErrInvalid, r.Kind, a.info.Queries-1)
	}
	n := a.info.Keys
	row := &attentionRow{attention: a, row: a.values[r.Query*n : (r.Query+1)*n]}
	row.scale, row.broken = shadingOf(row.shownOfRow, a.scale.diverging)
	return row, nil
}

func (a *attentionRow) shownOfRow(yield func(float32) bool) {
	for key, v := range a.row {
		if !a.hidden(key) && !yield(v) {
			return
		}
	}
}

func (a *attentionRow) figure() *Figure {
	f := &Figure{title: a.info.Name + ": " + a.rowHeading(), facts: a.rowFacts(), size: a.rowSize, draw: a.drawRow, rows: a.rowRows}
	for _, token := range a.info.Tokens {
		f.texts = append(f.texts, TokenText(token))
	}
	return f
}

func (a *attentionRow) rowHeading() string {
	return fmt.Sprintf("%s, query %s", a.heading, a.queryName())
}

// queryName is the query's place, with its token where it is one of the keys.
func (a *attentionRow) queryName() string {
	if a.info.Queries != a.info.Keys {
		return strconv.Itoa(a.query)
	}
	return fmt.Sprintf("%d \"%s\"", a.query, TokenText(a.info.Tokens[a.query]))
}

func (a *attentionRow) rowFacts() []string {
	facts := []string{fmt.Sprintf("%s of one query, n = 1 capture. %s: %s to %s, the strongest %s.",
		a.quantity, a.rowHeading(), a.what, amount(a.info.Keys, "key", "keys"), significant(max(a.scale.high, -a.scale.low)))}
	facts = append(facts, a.facts...)
	if a.hidden(0) {
		facts = append(facts, "The first key is left out.")
	}
	if every := a.line().every(); every > 1 {
		facts = append(facts, fmt.Sprintf("One of %d tokens is named.", every))
	}
	if a.broken > 0 {
		facts = append(facts, fmt.Sprintf("%s left out.", amount(a.broken, "weight is no finite number and", "weights are no finite numbers and")))
	}
	return facts
}

func (a *attentionRow) line() tokenAxis {
	n := a.info.Keys
	return newTokenAxis(a.info.Tokens, n, min(keyPitch, rowWidth/vg.Length(n)))
}

func (a *attentionRow) rowSize(l *look) (width, height vg.Length) {
	keys := a.line()
	least := 2*margin + l.style(sizeText, l.text).Width(a.rowHeading())
	return max(least, 2*margin+keyMargin+keys.pitch*vg.Length(a.info.Keys)), 2*margin + rowHeight + 6 + a.height + keys.room(l) + 8
}

func (a *attentionRow) drawRow(l *look, c draw.Canvas) {
	c = draw.Crop(c, margin, -margin, margin, -margin)
	l.write(c, l.style(sizeText, l.text), vg.Point{X: c.Min.X, Y: c.Max.Y - rowHeight/2}, a.rowHeading())
	keys := a.line()
	base := c.Max.Y - rowHeight - 6 - a.height
	x := func(key int) vg.Length { return c.Min.X + keyMargin + keys.pitch*(vg.Length(key)+0.5) }
	right := c.Min.X + keyMargin + keys.pitch*vg.Length(a.info.Keys)
	style := l.style(sizeToken, l.text)
	style.XAlign, style.Rotation = draw.XRight, math.Pi/2
	keys.named(l, func(i int, name string) { l.write(c, style, vg.Point{X: x(i), Y: base - 5}, name) })
	a.paint(l, draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{Min: vg.Point{X: c.Min.X + keyMargin, Y: base}, Max: vg.Point{X: right, Y: base + a.height}}}, x)
}

// color is that of a weight: as strong as it is large, and of another hue below 0.
func (a *attentionRow) color(l *look, v float64) color.NRGBA {
	if v < 0 {
		return l.diverging[0]
	}
	return l.series[1]
}

// rowRows are the weights as a table, a line for every key.
func (a *attentionRow) rowRows() [][]string {
	rows := [][]string{{"query", "key", "key_token", a.unit}}
	for key, v := range a.row {
		rows = append(rows, []string{strconv.Itoa(a.query), strconv.Itoa(key), a.info.Tokens[key], digits32(v)})
	}
	return rows
}
