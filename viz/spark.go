package viz

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The size of a spark, in points.
const (
	sparkWidth  vg.Length = 120
	sparkHeight vg.Length = 30
)

// sparkFigure draws the mean of every group as a small line without axes: how an experiment goes, at a glance.
func sparkFigure(r *Reading) *Figure {
	groups := r.means()
	ch := r.chart(r.request.Metric+" of "+r.of, "")
	ch.facts, ch.bare = r.commonFacts(), true
	for _, g := range groups {
		ch.extent.addIntervals(bare(g.mean.points))
		ch.lines = append(ch.lines, g.drawn(r))
	}
	ch.plotters = func(l *look, e extent) (all []plot.Plotter) {
		for i := len(groups) - 1; i >= 0; i-- {
			all = append(all, groups[i].line(l, 0.7*widthMean, e)...)
		}
		return all
	}
	f := ch.figure()
	f.size = func(*look) (width, height vg.Length) { return sparkWidth, sparkHeight }
	f.draw = func(l *look, c draw.Canvas) {
		p := plot.New()
		p.HideAxes()
		p.BackgroundColor = nil
		p.Add(ch.plotters(l, ch.extent)...)
		ch.extent.apply(p)
		p.Draw(draw.Crop(c, 2, -2, 2, -2))
	}
	return f
}

// bare are means without their intervals.
func bare(points []interval) []interval {
	out := make([]interval, len(points))
	for i, p := range points {
		out[i] = interval{x: p.x, mean: p.mean, low: notDefined, high: notDefined, n: p.n}
	}
	return out
}
