package viz

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"inkstone/tracker"
)

// Differences draws, for every variant but the baseline, how far it is from the baseline: the mean over seeds of the
// difference to the baseline's run of the same seed at the same step, with a 95 % t interval. Variants that were measured
// in another way than the baseline are left out, and the caption says so. An unknown metric is tracker.ErrNotFound.
func Differences(ctx context.Context, s *tracker.Store, experiment, metric string) (*Figure, error) {
	r, err := read(ctx, s, experiment, metric)
	if err != nil {
		return nil, fmt.Errorf("draw the differences of %s: %w", metric, err)
	}
	baseline := r.plan.Compare.Baseline
	groups, left := r.pairs(baseline)
	ch := chart{title: metric + " of " + experiment + ": differences from " + baseline, yLabel: "difference in " + label(metric, r.unit), extent: newExtent()}
	ch.reading = "Mean difference from " + baseline + " of the same seed, with its 95 % t interval." + r.better()
	ch.facts = append([]string{fmt.Sprintf("Difference in %s from %s at the same seed and step, of experiment %s: the mean over pairs with a 95 %% t interval of the mean.%s",
		label(metric, r.unit), baseline, experiment, r.better())}, groupFacts(groups, "pair", "pairs")...)
	ch.facts = append(ch.facts, sources(r.series)...)
	if len(left) > 0 {
		ch.facts = append(ch.facts, "Left out, as they were measured in another way than "+baseline+": "+few(left)+".")
	}
	for _, g := range groups {
		ch.extent.addIntervals(g.mean.points)
		for _, pair := range g.seeds {
			ch.extent.addBroken(pair.points)
		}
		ch.legend = append(ch.legend, g.entry(bandOpacity(len(groups)), " pairs"))
	}
	ch.sentence = r.noPairs(groups)
	if ch.sentence != "" {
		ch.reading, ch.legend = "", nil
	}
	ch.extent.y0, ch.extent.y1 = min(ch.extent.y0, 0), max(ch.extent.y1, 0)
	ch.plotters = func(l *look) []plot.Plotter {
		return append([]plot.Plotter{zeroLine{l}}, plotGroups(l, groups, false)...)
	}
	return ch.figure(), nil
}

// pairs are the differences of every other variant from the baseline; left are variants that cannot be compared with it.
func (r *recording) pairs(baseline string) (groups []group, left []string) {
	reference := r.of(baseline)
	index := 0
	for _, variant := range r.plan.Variants {
		if variant.Name == baseline {
			continue
		}
		index++
		g := group{name: variant.Name, index: index}
		apart := false
		for _, s := range r.of(variant.Name) {
			i := slices.IndexFunc(reference, func(b series) bool { return b.seed == s.seed })
			if i < 0 {
				continue
			}
			if reference[i].key != s.key {
				apart = true
				continue
			}
			pair := s
			pair.points = subtract(s.points, reference[i].points)
			if len(pair.points) > 0 {
				g.seeds = append(g.seeds, pair)
			}
		}
		if apart {
			left = append(left, variant.Name)
		}
		g.mean = average(values(g.seeds))
		groups = append(groups, g)
	}
	return groups, left
}

// better says which side of zero is the better one, where the experiment has said so of this metric.
func (r *recording) better() string {
	if r.metric != r.plan.Compare.Metric {
		return ""
	}
	switch r.plan.Compare.Goal {
	case "minimize":
		return " Below zero is better."
	case "maximize":
		return " Above zero is better."
	}
	return ""
}

// noPairs is why there is nothing to draw, or nothing.
func (r *recording) noPairs(groups []group) string {
	switch {
	case slices.ContainsFunc(groups, func(g group) bool { return len(g.seeds) > 0 }):
		return ""
	case len(groups) == 0:
		return fmt.Sprintf("There is nothing to compare: %s is the only variant.", r.plan.Compare.Baseline)
	}
	return fmt.Sprintf("No pairs of %s yet. A pair is one seed with points at the same steps in both %s and another variant.", r.metric, r.plan.Compare.Baseline)
}

// zeroLine is where the baseline is.
type zeroLine struct{ *look }

// Plot implements plot.Plotter.
func (z zeroLine) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	c.StrokeLine2(draw.LineStyle{Color: z.series[0], Width: 1}, c.Min.X, y(0), c.Max.X, y(0))
}
