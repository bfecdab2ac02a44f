package viz

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
)

var minusInf = math.Inf(-1)

// curvesFigure draws a metric of every group over the axis: the mean over seeds with a 95 % t interval, and each seed as a thin
// line while there are few groups. Seeds that still run count up to where they are.
func curvesFigure(r *Reading) *Figure {
	groups := r.means()
	ch := r.chart(r.request.Metric+" of "+r.of, label(r.request.Metric, r.unit))
	ch.reading = howToRead(groups, r.behind())
	ch.facts = append([]string{fmt.Sprintf("%s over %s, of %s: the mean over seeds with a 95 %% t interval of the mean.", label(r.request.Metric, r.unit), over(r.request.X), r.of)},
		groupFacts(groups, "seed", "seeds")...)
	ch.facts = append(ch.facts, r.commonFacts()...)
	if keys := r.keys(); keys > 1 {
		ch.facts = append(ch.facts, fmt.Sprintf("The lines are not all comparable: they were measured in %d different ways.", keys))
	}
	drawn := seedsDrawn(groups) || r.behind()
	for _, g := range groups {
		ch.extent.addIntervals(g.mean.points)
		for _, seed := range g.seeds {
			ch.extent.addSeries(seed, drawn)
		}
		ch.legend = append(ch.legend, g.entry(bandOpacity(len(groups)), ""))
		ch.lines = append(ch.lines, g.drawn(r))
	}
	ch.orEmpty(r)
	ch.plotters = func(l *look, e extent) []plot.Plotter { return plotGroups(l, groups, drawn, e) }
	return ch.figure()
}

// orEmpty leaves a sentence in place of axes where nothing has points.
func (ch *chart) orEmpty(r *Reading) {
	if ch.extent.x0 > ch.extent.x1 {
		ch.sentence, ch.reading, ch.legend = fmt.Sprintf("No points of %s yet.", r.request.Metric), "", nil
		if w := r.window(); w.from != nil || w.to != nil {
			ch.sentence = fmt.Sprintf("No points of %s in this window.", r.request.Metric)
		}
	}
}

// drawn is the group's line as data.
func (g group) drawn(r *Reading) line {
	return line{name: g.name, index: g.index, unit: r.unit, points: g.mean.points, seeds: g.seeds, band: true, behind: r.behind()}
}
