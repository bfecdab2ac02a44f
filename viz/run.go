package viz

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"inkstone/tracker"
)

// runFigure draws a metric of single runs, a line each; smoothed ones lie over the range of their values as recorded.
func runFigure(r *Reading) *Figure {
	metric := label(r.request.named(), r.unit)
	ch := r.chart(r.request.named()+" of "+r.of, metric)
	ch.facts = append([]string{metric + fmt.Sprintf(" of one run over %s: %s.", over(r.request.X), r.of)}, r.commonFacts()...)
	many := len(r.groups) > 1
	if many {
		ch.facts[0] = metric + fmt.Sprintf(" of %s over %s, a line each.", r.of, over(r.request.X))
	}
	var shownRuns []group
	for i, g := range r.groups {
		one := g.series[0]
		ch.extent.count(one.points)
		ch.extent.addAll(one.points)
		line := group{name: g.name, index: i + 1, seeds: g.series}
		line.mean.points = single(r.smooth.apply(one.points), one.points, r.smooth.kind != "")
		shownRuns = append(shownRuns, line)
		if many {
			ch.legend = append(ch.legend, entry{name: g.name, remark: string(one.status), sample: seriesSample(i+1, 0)})
		}
		ch.lines = append(ch.lines, line.drawn(r.unit))
	}
	if ch.orEmpty(r); ch.sentence != "" && !many {
		ch.sentence = fmt.Sprintf("No points of %s yet: the run is %s.", r.request.Metric, statusOf(r.groups[0].series[0]))
	}
	ch.plotters = func(l *look) (all []plot.Plotter) {
		for _, g := range shownRuns {
			all = append(all, g.plotRun(l, ch.extent.ys, r.smooth.kind != "", len(shownRuns))...)
		}
		return all
	}
	return ch.figure()
}

func statusOf(s series) tracker.Status {
	if s.status == "" {
		return tracker.Planned
	}
	return s.status
}

// single is a run's line: smoothed values between the values as they were recorded, where it is smoothed.
func single(smooth, raw []xy, smoothed bool) []interval {
	points := make([]interval, len(smooth))
	for i, p := range smooth {
		points[i] = interval{x: p.x, mean: p.y, low: notDefined, high: notDefined, n: 1}
		if smoothed && finite(p.y) {
			points[i].low, points[i].high = min(raw[i].y, p.y), max(raw[i].y, p.y)
		}
	}
	return points
}

// plotRun is a run's line, with the range of its recorded values behind it where it is smoothed.
func (g group) plotRun(l *look, ys scale, smoothed bool, of int) []plot.Plotter {
	raw := shown(g.seeds[0].points, ys)
	ink, style := l.color(g.index), l.line(g.index, widthSingle)
	if of > manySeries {
		style.Width, style.Color = widthSeed, faded(ink, 0.7)
	}
	if !smoothed {
		return []plot.Plotter{through(style, raw), edgeMarks{ink, raw}}
	}
	mean := make([]xy, len(g.mean.points))
	for i, p := range g.mean.points {
		mean[i] = xy{p.x, p.mean}
	}
	behind := through(draw.LineStyle{Color: faded(ink, 0.4), Width: 0.7}, raw)
	return []plot.Plotter{behind, through(style, shown(mean, ys)), edgeMarks{ink, raw}}
}
