package viz

import "math"

// columns is how many pixel columns a series may have points in: two of each at most.
const columns = 640

// xy is a point of a drawing, in the axes' units.
type xy struct{ x, y float64 }

// kept is the index of a point that is drawn. Gap: the line is broken before it.
type kept struct {
	index int
	gap   bool
}

// thin chooses what is drawn of n points in ascending order of x: of every pixel column the lowest and the highest. The
// line is broken where values between two of them are no finite numbers; those are left to edgeMarks.
func thin(n, columns int, at func(i int) xy) []kept {
	if n == 0 {
		return nil
	}
	all := make([]kept, 0, min(n, 2*columns))
	column := columnsOf(at(0).x, at(n-1).x, columns)
	gap := false // since the last point kept
	for i := 0; i < n; {
		here := column(at(i).x)
		low, high, end := -1, -1, i
		for ; end < n && column(at(end).x) == here; end++ {
			y := at(end).y
			if !finite(y) {
				continue
			}
			if low < 0 || y < at(low).y {
				low = end
			}
			if high < 0 || y > at(high).y {
				high = end
			}
		}
		from := i
		for _, index := range [2]int{min(low, high), max(low, high)} {
			if index < from { // none, or the same one again
				continue
			}
			gap = gap || anyBroken(at, from, index)
			all = append(all, kept{index, gap && len(all) > 0})
			from, gap = index+1, false
		}
		gap = gap || anyBroken(at, from, end)
		i = end
	}
	return all
}

// columnsOf places x between low and high in one of so many columns.
func columnsOf(low, high float64, columns int) func(x float64) int {
	scale := float64(columns) / (high - low)
	if !(high > low) {
		return func(float64) int { return 0 }
	}
	return func(x float64) int { return min(int((x-low)*scale), columns-1) }
}

func anyBroken(at func(i int) xy, from, to int) bool {
	for i := from; i < to; i++ {
		if !finite(at(i).y) {
			return true
		}
	}
	return false
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// envelope is the area between two lines, in pieces; of every pixel column it keeps the widest extent. A piece ends where
// an end of the interval is no finite number.
func envelope(points []interval, columns int, xs scale) [][]interval {
	if len(points) == 0 {
		return nil
	}
	var pieces [][]interval
	var piece []interval
	finish := func() {
		if len(piece) > 0 {
			pieces = append(pieces, piece)
		}
		piece = nil
	}
	column := columnsOf(xs.place(points[0].x), xs.place(points[len(points)-1].x), columns)
	last := -1
	for _, p := range points {
		if !finite(p.low) || !finite(p.high) {
			finish()
			continue
		}
		here := column(xs.place(p.x))
		if n := len(piece); n > 1 && here == last { // A piece's first point is its edge, and stays.
			piece[n-1].low, piece[n-1].high = min(piece[n-1].low, p.low), max(piece[n-1].high, p.high)
			piece[n-1].x = p.x
			continue
		}
		piece, last = append(piece, p), here
	}
	finish()
	return pieces
}
