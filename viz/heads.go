package viz

import (
	"context"
	"fmt"

	"inkstone/internal/thousands"
	"inkstone/tracker"
)

// headGrid is small pictures of all heads of a capture in one colour scale: a row for each layer, or in the order of a score.
type headGrid struct {
	info   tracker.CaptureInfo
	thumbs tracker.Thumbnails
	scale  shading
	// order are the heads as they follow each other, in rows of columns.
	order   []Place
	columns int
	scores  *HeadScores // what they are sorted by, nil: by layer
	by      Score
	// hideFirst leaves out the first column of every picture.
	hideFirst bool
	run       string
}

// drawHeads draws the pictures of all heads that were made when the maps were recorded: nothing else of the capture is read.
func drawHeads(ctx context.Context, s *tracker.Store, r Request) (*Figure, error) {
	g := &headGrid{hideFirst: r.HideFirst}
	var err error
	if g.info, err = s.CaptureInfo(ctx, r.Capture); err == nil {
		err = r.owns(g.info)
	}
	if err != nil {
		return nil, err
	}
	if g.thumbs, err = s.CaptureThumbnails(ctx, r.Capture); err != nil {
		return nil, err
	}
	if g.run, err = trialOf(ctx, s, g.info.Run); err != nil {
		return nil, err
	}
	if err := g.arrange(ctx, s, r); err != nil {
		return nil, err
	}
	g.shade()
	return &Figure{
		title: fmt.Sprintf("%s of all heads, step %s", g.info.Name, thousands.Int(int(g.info.Step))), facts: g.caption(),
		size: g.size, draw: g.draw, rows: g.rows, data: g.data,
	}, nil
}

// arrange puts the heads into their order.
func (g *headGrid) arrange(ctx context.Context, s *tracker.Store, r Request) error {
	g.columns, g.order = g.info.Heads, Places(g.info.Layers, g.info.Heads)
	if r.Sort == "" {
		return nil
	}
	by, err := ParseScore(r.Sort)
	if err != nil {
		return err
	}
	scores, err := ReadHeadScores(ctx, s, g.info.Run, g.info.Step, nil, by)
	if err != nil {
		return err
	}
	g.by, g.scores = by, scores
	scores.Sort(g.order, by)
	return nil
}

// shade makes the scale of all cells that are shown.
func (g *headGrid) shade() {
	var there [256]bool
	for i, cell := range g.thumbs.Cells {
		if !g.hideFirst || !g.hidden(i%g.thumbs.Columns) {
			there[cell] = true
		}
	}
	for cell, shown := range there {
		if shown {
			g.scale.see(float32(cell) / 255)
		}
	}
	g.scale.close()
}

func (g *headGrid) hidden(column int) bool { return g.hideFirst && column == 0 && g.thumbs.Columns > 1 }

func (g *headGrid) caption() []string {
	facts := []string{fmt.Sprintf("Attention weights (no unit) of all %s in %s at step %s%s, n = 1 capture: queries downward, keys to the right, one colour scale from 0 to %s.",
		amount(g.info.Heads*g.info.Layers, "head", "heads"), amount(g.info.Layers, "layer", "layers"), thousands.Int(int(g.info.Step)), inContext(g.info), significant(g.scale.high))}
	facts = append(facts, "Run: "+g.run+".")
	if cells := max(g.thumbs.Rows, g.thumbs.Columns); cells < max(g.info.Queries, g.info.Keys) {
		facts = append(facts, fmt.Sprintf("Each picture has %d × %d cells, each the greatest weight within it, of %d queries by %d keys.", g.thumbs.Rows, g.thumbs.Columns, g.info.Queries, g.info.Keys))
	}
	if g.hidden(0) {
		facts = append(facts, "The first column, where the first key lies, is left out of the pictures and of their colours.")
	}
	if g.scores != nil {
		facts = append(facts, g.scores.sortedBy(g.by))
	}
	return facts
}
