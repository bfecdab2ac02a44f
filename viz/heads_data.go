package viz

import (
	"strconv"

	"gonum.org/v1/plot/vg"

	"inkstone/tracker"
)

// rows are the pictures as a table, a line for every cell: layer, head, row, column and the greatest weight within it.
func (g *headGrid) rows() [][]string {
	rows := [][]string{{"layer", "head", "row", "column", "greatest_weight"}}
	for _, p := range g.order {
		for i, cell := range g.thumbs.Head(p.Layer, p.Head) {
			rows = append(rows, []string{
				strconv.Itoa(p.Layer), strconv.Itoa(p.Head), strconv.Itoa(i / g.thumbs.Columns), strconv.Itoa(i % g.thumbs.Columns),
				strconv.FormatFloat(float64(cell)/255, 'f', 3, 64),
			})
		}
	}
	return rows
}

// gridData is what a program, or a page's script, reads of a grid.
type gridData struct {
	Title   string          `json:"title"`
	Caption string          `json:"caption"`
	Width   float64         `json:"width"`
	Height  float64         `json:"height"`
	Frame   Frame           `json:"frame"`
	PitchX  float64         `json:"pitch_x"`
	PitchY  float64         `json:"pitch_y"`
	Side    float64         `json:"side"`
	Columns int             `json:"columns"`
	Order   []Place         `json:"order"`
	Scores  []tracker.Value `json:"scores,omitempty"`
}

// data is where the pictures lie, and of which heads they are.
func (g *headGrid) data(caption string) any {
	l := newLook(Light, "svg")
	width, height := g.size(l)
	f := g.frame(l)
	d := gridData{
		Title: g.heading(), Caption: caption, Width: float64(width), Height: float64(height),
		Frame:  Frame{float64(margin + f.left), float64(margin + f.top), float64(f.pitchX * vg.Length(g.columns)), float64(f.pitchY * vg.Length(f.rows))},
		PitchX: float64(f.pitchX), PitchY: float64(f.pitchY), Side: float64(f.side), Columns: g.columns, Order: g.order,
	}
	if g.scores != nil {
		for _, p := range g.order {
			d.Scores = append(d.Scores, tracker.Value(g.scores.Of(p, g.by)))
		}
	}
	return d
}
