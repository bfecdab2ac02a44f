package viz

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"inkstone/tracker"
)

// group is a variant's line: a mean over seeds with its interval, and the seeds.
type group struct {
	name  string
	index int // of its colour
	seeds []series
	mean  averaged
}

// ExperimentCurves draws a metric of every variant over the steps: the mean over seeds with a 95 % t interval, and each
// seed as a thin line while there are few variants. Seeds that still run count up to the step where they are. An unknown
// metric is tracker.ErrNotFound, and the error names those that there are.
func ExperimentCurves(ctx context.Context, s *tracker.Store, experiment, metric string) (*Figure, error) {
	r, err := read(ctx, s, experiment, metric)
	if err != nil {
		return nil, fmt.Errorf("draw the curves of %s: %w", metric, err)
	}
	groups := r.groups()
	ch := chart{title: metric + " of " + experiment, yLabel: label(metric, r.unit), extent: newExtent()}
	ch.reading = howToRead(groups)
	ch.facts = append([]string{fmt.Sprintf("%s over training steps, of experiment %s: the mean over seeds with a 95 %% t interval of the mean.", label(metric, r.unit), experiment)},
		groupFacts(groups, "seed", "seeds")...)
	ch.facts = append(ch.facts, sources(r.series)...)
	if keys := r.keys(); keys > 1 {
		ch.facts = append(ch.facts, fmt.Sprintf("The lines are not all comparable: they were measured in %d different ways.", keys))
	}
	for _, g := range groups {
		ch.extent.addIntervals(g.mean.points)
		for _, seed := range g.seeds {
			if seedsDrawn(groups) {
				ch.extent.addAll(seed.points)
			} else {
				ch.extent.addBroken(seed.points)
			}
		}
		ch.legend = append(ch.legend, g.entry(bandOpacity(len(groups)), ""))
	}
	if !slices.ContainsFunc(groups, func(g group) bool { return len(g.seeds) > 0 }) {
		ch.sentence, ch.reading, ch.legend = fmt.Sprintf("No points of %s yet.", metric), "", nil
	}
	ch.plotters = func(l *look) []plot.Plotter { return plotGroups(l, groups, seedsDrawn(groups)) }
	return ch.figure(), nil
}

// groups averages every variant of the plan; the baseline has the first colour.
func (r *recording) groups() []group {
	next := 1
	var all []group
	for _, variant := range r.plan.Variants {
		g := group{name: variant.Name, seeds: r.of(variant.Name)}
		if variant.Name != r.plan.Compare.Baseline {
			g.index, next = next, next+1
		}
		g.mean = average(values(g.seeds))
		all = append(all, g)
	}
	return all
}

// keys counts the different ways in which the series were measured.
func (r *recording) keys() int {
	seen := map[string]bool{}
	for _, s := range r.series {
		if len(s.points) > 0 {
			seen[s.key] = true
		}
	}
	return len(seen)
}

// seedsDrawn says whether single seeds are lines: not among many variants, and not where each is its own mean.
func seedsDrawn(groups []group) bool {
	return len(groups) <= manySeries && slices.ContainsFunc(groups, func(g group) bool { return len(g.seeds) > 1 })
}

// howToRead says what the lines are.
func howToRead(groups []group) string {
	most := 0
	for _, g := range groups {
		most = max(most, len(g.seeds))
	}
	switch {
	case most <= 1:
		return "Each line is a single seed."
	case !seedsDrawn(groups):
		return "Mean over seeds with its 95 % t interval."
	}
	return "Mean over seeds with its 95 % t interval; thin lines are single seeds."
}

// bandOpacity lets bands fade where there are many.
func bandOpacity(n int) float64 {
	switch {
	case n > manySeries:
		return 0.07
	case n > 5:
		return 0.13
	}
	return 0.18
}

// entry is the group's part of the legend, with its n and of what.
func (g group) entry(band float64, of string) entry {
	least, most := g.mean.counts()
	if most < 2 {
		band = 0
	}
	e := entry{name: g.name, sample: seriesSample(g.index, band)}
	switch {
	case most > 0:
		e.remark = "n = " + span(least, most) + of
	case len(g.seeds) > 0:
		e.remark = "no mean"
	default:
		e.remark = "no points"
	}
	return e
}

// plotGroups draws bands below, then seeds, then means, the baseline's last.
func plotGroups(l *look, groups []group, seeds bool) []plot.Plotter {
	var bands, thin, means, marks []plot.Plotter
	opacity := bandOpacity(len(groups))
	for _, g := range slices.Backward(groups) {
		ink := l.color(g.index)
		bands = append(bands, ribbon{faded(ink, opacity), envelope(g.mean.points, columns)})
		for _, seed := range g.seeds {
			if seeds {
				thin = append(thin, through(draw.LineStyle{Color: faded(ink, 0.38), Width: widthSeed}, seed.points))
			}
			marks = append(marks, edgeMarks{ink, seed.points})
		}
		width := widthMean
		if len(groups) > manySeries {
			width = 0.7 * widthMean
		}
		means = append(means, g.line(l, width)...)
	}
	return slices.Concat(bands, thin, means, marks)
}

// line is the group's mean: dashed where some of the seeds have not come that far.
func (g group) line(l *look, width vg.Length) []plot.Plotter {
	points := g.mean.points
	_, most := g.mean.counts()
	at := func(i int) xy { return xy{points[i].x, points[i].mean} }
	whole, partly := curve{line: l.line(g.index, width)}, curve{line: l.line(g.index, width)}
	partly.line.Dashes = []vg.Length{1.5, 2.5}
	var before *curve
	for _, k := range thin(len(points), columns, at) {
		now := &whole
		if points[k.index].n < most {
			now = &partly
		}
		gap := k.gap
		if before != nil && before != now && !k.gap { // The dashes begin where the line ends.
			now.points, now.gaps = append(now.points, before.points[len(before.points)-1]), append(now.gaps, true)
		} else if before != now {
			gap = true
		}
		now.points, now.gaps = append(now.points, at(k.index)), append(now.gaps, gap)
		before = now
	}
	return []plot.Plotter{whole, partly}
}

// groupFacts are what a caption says about n and about steps without a mean.
func groupFacts(groups []group, one, many string) []string {
	least, most, undefined, apart, single := 0, 0, 0, 0, 0
	for _, g := range groups {
		low, high := g.mean.counts()
		if high > 0 && (least == 0 || low < least) {
			least = low
		}
		if high == 1 {
			single++
		}
		most = max(most, high)
		undefined, apart = undefined+g.mean.undefined, apart+g.mean.apart
	}
	var facts []string
	if most > 0 {
		facts = append(facts, fmt.Sprintf("n = %s %s a line.", span(least, most), plural(most, one, many)))
	}
	if least < most {
		facts = append(facts, fmt.Sprintf("A mean is dashed where it is of fewer %s than elsewhere.", many))
	}
	if single > 0 {
		facts = append(facts, fmt.Sprintf("%s no interval, as n = 1.", amount(single, "line has", "lines have")))
	}
	if undefined > 0 {
		facts = append(facts, fmt.Sprintf("%s no mean, as not all values are finite.", amount(undefined, "step has", "steps have")))
	}
	if apart > 0 {
		facts = append(facts, fmt.Sprintf("%s no mean, as not all %s have a value there.", amount(apart, "step has", "steps have"), many))
	}
	return facts
}
