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
		ch.extent.addSeries(one, true)
		line := group{name: g.name, index: i + 1, seeds: g.series}
		line.mean.points = alone(r.window().cut(r.smooth.apply(one.points))).points
		shownRuns = append(shownRuns, line)
		if many {
			ch.legend = append(ch.legend, entry{name: g.name, remark: ending(line.mean.points) + ", " + string(one.status), sample: seriesSample(i+1, 0)})
		}
		ch.lines = append(ch.lines, line.drawn(r))
	}
	if ch.orEmpty(r); ch.sentence != "" && !many {
		ch.sentence = fmt.Sprintf("No points of %s yet: the run is %s.", r.request.Metric, statusOf(r.groups[0].series[0]))
	}
	ch.plotters = func(l *look, e extent) (all []plot.Plotter) {
		for _, g := range shownRuns {
			all = append(all, g.plotRun(l, e, r.smooth.kind != "", len(shownRuns))...)
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

// plotRun is a run's line, with the range of its recorded values behind it where it is smoothed.
func (g group) plotRun(l *look, e extent, smoothed bool, of int) []plot.Plotter {
	raw := e.shown(g.seeds[0].raw)
	ink, style := l.color(g.index), l.line(g.index, widthSingle)
	if of > manySeries {
		style.Width, style.Color = widthSeed, faded(ink, 0.7)
	}
	if !smoothed {
		return []plot.Plotter{through(style, raw, e.xs), edgeMarks{ink, raw}}
	}
	mean := make([]xy, len(g.mean.points))
	for i, p := range g.mean.points {
		mean[i] = xy{p.x, p.mean}
	}
	behind := through(draw.LineStyle{Color: faded(ink, 0.4), Width: 0.7}, raw, e.xs)
	return []plot.Plotter{behind, through(style, e.shown(mean), e.xs), edgeMarks{ink, raw}}
}
