package viz

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"inkstone/internal/thousands"
)

// group is a line: a mean over seeds with its interval, and the seeds.
type group struct {
	name  string
	index int // of its colour
	seeds []series
	mean  averaged
}

// means averages every group of a reading over its seeds; the baseline has the first colour. What did not change since the last
// time is as it was.
func (r *Reading) means() []group {
	next := 1
	var all []group
	var joined [][]series
	for i := range r.groups {
		g := &r.groups[i]
		mean := group{name: g.name}
		if g.name != r.baseline {
			mean.index, next = next, next+1
		}
		for _, s := range g.series {
			if len(s.raw) > 0 {
				mean.seeds = append(mean.seeds, s)
			}
		}
		if g.mean == nil {
			if joined == nil {
				joined = r.joined()
			}
			averaged := r.average(joined[i])
			g.mean = &averaged
		}
		mean.mean = *g.mean
		all = append(all, mean)
	}
	return all
}

// joined are the series that have points, smoothed.
func (r *Reading) joined() [][]series {
	all := make([][]series, len(r.groups))
	for i, g := range r.groups {
		for _, s := range g.series {
			if len(s.raw) > 0 {
				s.points = r.window().cut(r.smooth.apply(s.points))
				all[i] = append(all[i], s)
			}
		}
	}
	return all
}

// between tells whether series are read off between their points, since those of different runs lie at different places: on other
// axes than that of steps, and where several points are one.
func (r *Reading) between() bool {
	return r.request.X != "" || slices.ContainsFunc(r.all(), func(s series) bool { return s.bundled > 1 })
}

// behind tells whether recorded values lie behind the lines, since those go through others: smoothed ones, or means of several.
func (r *Reading) behind() bool {
	return r.smooth.kind != "" || slices.ContainsFunc(r.all(), func(s series) bool { return s.bundled > 1 })
}

// average is the mean of series at places that they share.
func (r *Reading) average(all []series) averaged {
	points := values(all)
	if r.between() && len(points) > 1 {
		points = onGrid(points)
	}
	return average(points)
}

// keys counts the different ways in which the series were measured.
func (r *Reading) keys() int {
	seen := map[string]bool{}
	for _, s := range r.all() {
		if len(s.raw) > 0 {
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
func howToRead(groups []group, behind bool) string {
	most := 0
	for _, g := range groups {
		most = max(most, len(g.seeds))
	}
	switch {
	case behind && most <= 1:
		return "Each line is a single seed; the values as they were recorded lie behind it."
	case behind:
		return "Mean over seeds with its 95 % t interval; thin lines are single seeds as they were recorded."
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

// seedOpacity lets single seeds fade where there are many groups.
func seedOpacity(n int) float64 {
	if n > manySeries {
		return 0.15
	}
	return 0.38
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
		e.remark = ending(g.mean.points) + ", n = " + span(least, most) + of
	case len(g.seeds) > 0:
		e.remark = "no mean"
	default:
		e.remark = "no points"
	}
	return e
}

// ending is the last value of a line, as its legend tells it.
func ending(points []interval) string {
	for _, p := range slices.Backward(points) {
		if finite(p.mean) {
			return legendNumber(p.mean)
		}
	}
	return "no value"
}

// legendNumber writes four digits, or a whole number where it has more.
func legendNumber(v float64) string {
	text := strconv.FormatFloat(v, 'g', 4, 64)
	if size := math.Abs(v); size >= 1e4 && size < 1e15 {
		text = thousands.Decimal(strconv.FormatFloat(v, 'f', 0, 64))
	}
	return strings.ReplaceAll(text, "-", "−")
}

// repeated tells that there are more lines than pairs of a colour and a dash.
func repeated(lines []line) []string {
	most := 0
	for _, n := range lines {
		most = max(most, n.index)
	}
	if apart := (len(inks[Light].series) - 1) * len(dashes); most > apart {
		return []string{fmt.Sprintf("Colours with their dashes come around again after %d lines.", apart)}
	}
	return nil
}

// plotGroups draws bands below, then seeds, then means, the baseline's last.
func plotGroups(l *look, groups []group, seeds bool, e extent) []plot.Plotter {
	var bands, thin, means, marks []plot.Plotter
	opacity := bandOpacity(len(groups))
	for _, g := range slices.Backward(groups) {
		ink := l.color(g.index)
		bands = append(bands, ribbon{faded(ink, opacity), envelope(e.shownIntervals(g.mean.points), columns, e.xs)})
		for _, seed := range g.seeds {
			shown := e.shown(seed.raw)
			if seeds {
				thin = append(thin, through(draw.LineStyle{Color: faded(ink, seedOpacity(len(groups))), Width: widthSeed}, shown, e.xs))
			}
			marks = append(marks, edgeMarks{ink, shown})
		}
		width := widthMean
		if len(groups) > manySeries {
			width = 0.7 * widthMean
		}
		means = append(means, g.line(l, width, e)...)
	}
	return slices.Concat(bands, thin, means, marks)
}

// line is the group's mean: dashed where some of the seeds have not come that far.
func (g group) line(l *look, width vg.Length, e extent) []plot.Plotter {
	points := e.shownIntervals(g.mean.points)
	_, most := g.mean.counts()
	at := func(i int) xy { return xy{points[i].x, points[i].mean} }
	whole, partly := curve{line: l.line(g.index, width)}, curve{line: l.line(g.index, width)}
	partly.line.Dashes = []vg.Length{1.5, 2.5}
	var before *curve
	for _, k := range thin(len(points), columns, func(i int) xy { return xy{e.xs.place(points[i].x), points[i].mean} }) {
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

// groupFacts are what a caption says about n and about places without a mean.
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
