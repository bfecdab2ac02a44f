package viz

// Tail is what a figure has that an earlier picture of it does not show yet.
type Tail struct {
	// Lines are, for each line, the knots from the last one that both have on; nil where nothing is new.
	Lines [][]Knot
	// Knots counts them.
	Knots int
	// Fits: they can be drawn on the picture, since its lines are the same and its frame holds them.
	Fits bool
}

// Since compares a figure with an earlier one of the same request whose numbers are drawn. Values that were drawn and are
// another now, as a mean is where a further seed arrives, are part of the tail.
func (f *Figure) Since(earlier *Figure, drawn *Data) Tail {
	t := Tail{Fits: true}
	if f.chart == nil || earlier.chart == nil || drawn == nil || drawn.Frame == nil || f.chart.sentence != "" || len(f.chart.lines) != len(earlier.chart.lines) {
		return Tail{}
	}
	if f.chart.extent.broken != earlier.chart.extent.broken || f.chart.extent.hidden != earlier.chart.extent.hidden {
		return Tail{} // marks are part of the picture
	}
	perColumn := (drawn.X.Max - drawn.X.Min) / columns
	for i, now := range f.chart.lines {
		before := earlier.chart.lines[i]
		if now.name != before.name {
			return Tail{}
		}
		knots := newKnots(before.points, now.points, perColumn)
		for _, k := range knots {
			t.Fits = t.Fits && drawn.holds(k)
		}
		t.Lines, t.Knots = append(t.Lines, knots), t.Knots+len(knots)
	}
	return t
}

// holds tells whether a knot, with its interval, lies in the frame.
func (d *Data) holds(k Knot) bool {
	if k.x < d.X.Min || k.x > d.X.Max {
		return false
	}
	for _, y := range []float64{k.mean, k.low, k.high} {
		if finite(y) && (y < d.Y.Min || y > d.Y.Max) {
			return false
		}
	}
	return true
}

// newKnots are the points behind the last drawn one that both lists share, with it, thinned to columns of the axis.
func newKnots(before, now []interval, perColumn float64) []Knot {
	shared := 0
	for shared < len(before) && shared < len(now) && same(before[shared], now[shared]) {
		shared++
	}
	if shared == len(now) {
		return nil
	}
	from := max(shared-1, 0)
	for from > 0 && !finite(now[from].mean) {
		from-- // a gap lies between two points that are drawn
	}
	rest := now[from:]
	width := max(1, int((rest[len(rest)-1].x-rest[0].x)/perColumn))
	var all []Knot
	for _, k := range thin(len(rest), width, func(i int) xy { return xy{rest[i].x, rest[i].mean} }) {
		all = append(all, Knot{rest[k.index], k.gap})
	}
	for i := from - 1; i >= 0 && (i == from-1 || now[i].x > rest[0].x-perColumn); i-- {
		all[0].Gap = all[0].Gap || !finite(now[i].mean) // what was drawn of this column may have left it out
	}
	return all
}

// same compares two points, in which NaN equals NaN.
func same(a, b interval) bool {
	eq := func(x, y float64) bool { return x == y || x != x && y != y }
	return a.x == b.x && a.n == b.n && eq(a.mean, b.mean) && eq(a.low, b.low) && eq(a.high, b.high)
}
