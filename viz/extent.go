package viz

import (
	"math"

	"gonum.org/v1/plot"

	"inkstone/internal/thousands"
)

var notDefined = math.NaN()

// extent is the range of what is drawn, on axes of some scales.
type extent struct {
	x0, x1, y0, y1 float64
	xs, ys         scale
	// broken are the kinds of values at the edges; hidden counts those that a logarithmic axis has no place for.
	broken           [3]int
	hidden, hiddenAt int
	// window bounds x, where a part of the axis was asked for.
	window window
	// live leaves an eighth of the axis free for what comes, but not beyond end, where that is known.
	live bool
	end  float64
	// sizes and places are the values that the thresholds of symlogs are chosen from.
	sizes, places []float64
	// bundled: values stand for several, so that counts are the least that there may be; reaching counts the intervals whose lower
	// ends a logarithmic axis has no place for.
	bundled  bool
	reaching int
}

func newExtent() extent {
	return extent{x0: math.Inf(1), x1: math.Inf(-1), y0: math.Inf(1), y1: math.Inf(-1)}
}

// addSeries counts what of a series no axis has; where it is a line by itself, its values widen the extent.
func (e *extent) addSeries(s series, line bool) {
	e.count(s.raw)
	for kind, n := range s.broken {
		e.broken[kind] += n
	}
	for _, p := range s.raw {
		if line || !finite(p.y) {
			e.add(p.x, p.y)
		}
	}
	e.bundled = e.bundled || s.bundled > 1
}

// count counts the recorded values that logarithmic axes have no place for.
func (e *extent) count(points []xy) {
	for _, p := range points {
		switch {
		case !e.xs.shows(p.x):
			e.hiddenAt++
		case finite(p.y) && !e.ys.shows(p.y):
			e.hidden++
		}
	}
}

// add widens the extent as far as its axes have a place for a value.
func (e *extent) add(x, y float64) {
	if !e.xs.shows(x) {
		return
	}
	e.x0, e.x1 = min(e.x0, x), max(e.x1, x)
	if e.xs.kind == "symlog" {
		e.places = append(e.places, x)
	}
	if !e.ys.shows(y) {
		return
	}
	e.y0, e.y1 = min(e.y0, y), max(e.y1, y)
	if e.ys.kind == "symlog" {
		e.sizes = append(e.sizes, y)
	}
}

// addIntervals leaves out the ends that there are not, and that no axis shows.
func (e *extent) addIntervals(points []interval) {
	for _, p := range points {
		for _, y := range []float64{p.mean, p.low, p.high} {
			if e.ys.shows(y) {
				e.add(p.x, y)
			}
		}
		if finite(p.low) && e.xs.shows(p.x) && !e.ys.shows(p.low) {
			e.reaching++
		}
	}
}

// shown are points as the axes can show them: what a vertical logarithm has no place for lies at its lower edge, with the
// infinities; what a horizontal one has none for is left out.
func (e extent) shown(points []xy) []xy {
	if e.xs.kind != "log" && e.ys.kind != "log" {
		return points
	}
	var out []xy
	for _, p := range points {
		if e.ys.kind == "log" && p.y <= 0 {
			p.y = minusInf
		}
		if e.xs.shows(p.x) {
			out = append(out, p)
		}
	}
	return out
}

// shownIntervals are intervals as the axes can show them: a lower end that a logarithm has no place for lies at the edge.
func (e extent) shownIntervals(points []interval) []interval {
	if e.xs.kind != "log" && e.ys.kind != "log" {
		return points
	}
	var out []interval
	for _, p := range points {
		if e.ys.kind == "log" && p.mean <= 0 {
			p.mean, p.low, p.high = minusInf, minusInf, minusInf
		}
		if e.xs.shows(p.x) {
			out = append(out, p)
		}
	}
	return out
}

// apply sets the ranges of axes, with room about the values and for marks at the edges.
func (e extent) apply(p *plot.Plot) {
	e.applyX(p)
	y0, y1 := e.y0, e.y1
	if y0 > y1 { // Nothing is finite.
		y0, y1 = 0, 1
		if e.ys.kind == "log" {
			y0 = 0.1
		}
	}
	below, above := 0.05, 0.05
	if e.broken[notNumber]+e.broken[plusInfinity] > 0 {
		above *= 2
	}
	if e.broken[minusInfinity]+e.hidden > 0 {
		below *= 2
	}
	switch e.ys.kind {
	case "":
		y0, y1 = widenLinear(y0, y1, below, above)
	default:
		if y0 == y1 {
			y0, y1 = y0-math.Abs(y0)/2, y1+math.Abs(y1)/2
		}
		y0, y1 = e.ys.widen(y0, y1, below, above)
		p.Y.Tick.Marker = scaleTicks{e.ys}
	}
	p.Y.Min, p.Y.Max, p.Y.Scale = y0, y1, e.ys
}

// widenLinear puts room about a range, in shares of it, without leaving what a float holds.
func widenLinear(y0, y1, below, above float64) (float64, float64) {
	room := 2 * (y1/2 - y0/2)
	if !(0.1*room > 2e-9*max(math.Abs(y0), math.Abs(y1))) {
		room = max(math.Abs(y1), 2e-11)
	}
	return max(y0-below*room, -math.MaxFloat64), min(y1+above*room, math.MaxFloat64)
}

func (e extent) applyX(p *plot.Plot) {
	x0, x1 := e.x0, e.x1
	switch {
	case x0 > x1: // Nothing is drawn.
		x0, x1 = 0, 1
		if e.xs.kind == "log" {
			x0 = 0.1
		}
	case x0 > 0 && x0 <= 0.05*x1 && e.xs.kind != "log":
		x0 = 0
	}
	if e.live && e.x0 <= e.x1 {
		room := e.xs.place(x1) - e.xs.place(x0)
		x1 = e.xs.value(e.xs.place(x1) + room/8)
		if e.end >= e.x1 {
			x1 = min(x1, e.end)
		}
	}
	x0, x1 = bound(e.window.from, x0), bound(e.window.to, x1)
	if e.xs.kind == "log" && x0 <= 0 {
		x0 = e.x0
	}
	switch {
	case x0 < x1:
	case e.xs.kind == "log":
		x0, x1 = x0/2, x0*2
	default:
		x0, x1 = x0-1, x0+1
	}
	p.X.Min, p.X.Max, p.X.Scale = x0, x1, e.xs
	if e.xs.kind != "" {
		p.X.Tick.Marker = scaleTicks{e.xs}
	}
}

// brokenEntries are the legend of marks at the edges.
func (e extent) brokenEntries() []entry {
	var some []entry
	for kind, n := range e.broken {
		name := brokenNames[kind]
		if broken(kind) == minusInfinity && e.hidden > 0 {
			name, n = "≤ 0", n+e.hidden
		}
		if n > 0 {
			some = append(some, entry{name: name, remark: thousands.Int(n), sample: markSample(broken(kind))})
		}
	}
	return some
}

// facts are what a caption says of the scales.
func (e extent) facts() (facts []string) {
	atLeast := ""
	if e.bundled {
		atLeast = "at least "
	}
	for _, a := range []struct {
		name string
		scale
		hidden int
	}{{"The vertical axis", e.ys, e.hidden}, {"The horizontal axis", e.xs, e.hiddenAt}} {
		switch a.kind {
		case "log":
			facts = append(facts, a.name+" is logarithmic.")
			if a.hidden > 0 {
				facts = append(facts, "It has no place for "+atLeast+amount(a.hidden, "value", "values")+" that "+plural(a.hidden, "is", "are")+" not above zero"+map[bool]string{true: ", marked at its edge.", false: ", which are left out."}[a.name == "The vertical axis"])
			}
		case "symlog":
			facts = append(facts, a.name+" is logarithmic beyond ±"+significant(a.threshold)+" and linear between.")
		}
	}
	if e.reaching > 0 {
		facts = append(facts, amount(e.reaching, "interval reaches", "intervals reach")+" to zero or below, and "+plural(e.reaching, "is", "are")+" drawn to the lower edge.")
	}
	return facts
}
