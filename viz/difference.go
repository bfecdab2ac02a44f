package viz

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"
)

// differenceFigure draws, for every group but the baseline, how far it is from the baseline: the mean over seeds of the
// difference to the baseline's run of the same seed at the same place of the axis, with a 95 % t interval. Groups that were
// measured in another way than the baseline are left out, and the caption says so.
func differenceFigure(r *Reading) *Figure {
	groups, left := r.pairs()
	metric := label(r.request.Metric, r.unit)
	ch := r.chart(r.request.Metric+" of "+r.of+": differences from "+r.baseline, "difference in "+metric)
	ch.reading = "Mean difference from " + r.baseline + " of the same seed, with its 95 % t interval." + r.better()
	ch.facts = append([]string{fmt.Sprintf("Difference in %s from %s at the same seed and %s, of %s: the mean over pairs with a 95 %% t interval of the mean.%s",
		metric, r.baseline, placeName(r.request.X), r.of, r.better())}, groupFacts(groups, "pair", "pairs")...)
	ch.facts = append(ch.facts, r.commonFacts()...)
	if len(left) > 0 {
		ch.facts = append(ch.facts, "Left out, as they were measured in another way than "+r.baseline+": "+few(left)+".")
	}
	for _, g := range groups {
		ch.extent.addIntervals(g.mean.points)
		for _, pair := range g.seeds {
			ch.extent.addSeries(pair, false)
		}
		ch.legend = append(ch.legend, g.entry(bandOpacity(len(groups)), " pairs"))
		ch.lines = append(ch.lines, g.drawn(r))
	}
	ch.sentence = r.noPairs(groups)
	if ch.sentence != "" {
		ch.reading, ch.legend = "", nil
	}
	ch.extent.y0, ch.extent.y1 = min(ch.extent.y0, 0), max(ch.extent.y1, 0)
	ch.plotters = func(l *look, e extent) []plot.Plotter {
		return append([]plot.Plotter{zeroLine{l}}, plotGroups(l, groups, false, e)...)
	}
	return ch.figure()
}

func placeName(x string) string {
	switch x {
	case "":
		return "step"
	case timeAxis:
		return "time"
	}
	return x
}

// pairs are the differences of every other group from the baseline; left are groups that cannot be compared with it.
func (r *Reading) pairs() (groups []group, left []string) {
	joined := r.joined()
	at := slices.IndexFunc(r.groups, func(g readGroup) bool { return g.name == r.baseline })
	if at < 0 {
		return nil, nil
	}
	reference := joined[at]
	index := 0
	for i := range r.groups {
		if i == at {
			continue
		}
		index++
		g := group{name: r.groups[i].name, index: index}
		apart := false
		for _, s := range joined[i] {
			j := slices.IndexFunc(reference, func(b series) bool { return b.seed == s.seed })
			if j < 0 {
				continue
			}
			if reference[j].key != s.key {
				apart = true
				continue
			}
			if pair := r.pair(s, reference[j]); len(pair.points) > 0 {
				g.seeds = append(g.seeds, pair)
			}
		}
		if apart {
			left = append(left, g.name)
		}
		g.mean = r.average(g.seeds)
		groups = append(groups, g)
	}
	return groups, left
}

// pair is a run less the baseline's of the same seed, at the places of both.
func (r *Reading) pair(s, reference series) series {
	both := [][]xy{s.points, reference.points}
	if r.between() {
		both = onGrid(both)
	}
	s.points = subtract(both[0], both[1])
	s.raw, s.broken, s.bundled = s.points, countBroken(s.points), 1
	return s
}

// better says which side of zero is the better one, where the experiment has said so of this metric.
func (r *Reading) better() string {
	switch r.goal {
	case "minimize":
		return " Below zero is better."
	case "maximize":
		return " Above zero is better."
	}
	return ""
}

// noPairs is why there is nothing to draw, or nothing.
func (r *Reading) noPairs(groups []group) string {
	switch {
	case slices.ContainsFunc(groups, func(g group) bool { return len(g.seeds) > 0 }):
		return ""
	case len(groups) == 0:
		return fmt.Sprintf("There is nothing to compare: %s is the only %s.", r.baseline, r.kindOfGroup())
	}
	return fmt.Sprintf("No pairs of %s yet. A pair is one seed with points at the same steps in both %s and another %s.", r.request.Metric, r.baseline, r.kindOfGroup())
}

func (r *Reading) kindOfGroup() string {
	if r.request.Experiment != "" {
		return "variant"
	}
	return "group"
}

// zeroLine is where the baseline is.
type zeroLine struct{ *look }

// Plot implements plot.Plotter.
func (z zeroLine) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	c.StrokeLine2(draw.LineStyle{Color: z.series[0], Width: 1}, c.Min.X, y(0), c.Max.X, y(0))
}
