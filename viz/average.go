package viz

import (
	"math"
	"slices"

	"inkstone/tracker/stats"
)

// level is that of every interval drawn.
const level = 0.95

// interval is a mean of n values with Student's t interval; the ends are NaN for n < 2.
type interval struct {
	x, mean, low, high float64
	n                  int
}

// averaged is a mean over steps.
type averaged struct {
	points []interval
	// undefined counts steps at which a value is no finite number; they have no mean, and are points with NaN.
	undefined int
	// apart counts steps that not all of the series have which reach over them.
	apart int
}

// average is the mean of several series at the steps that they share: at a step between the first and last of some of
// them, all those must have a value. A series that has come less far so counts up to where it is.
func average(all [][]xy) averaged {
	if len(all) == 1 {
		return alone(all[0])
	}
	var out averaged
	var quantiles []float64 // by n: they are slow to find
	next := make([]int, len(all))
	values := make([]float64, 0, len(all))
	for _, step := range union(all) {
		values = values[:0]
		reaching := 0
		for i, s := range all {
			if len(s) == 0 || s[0].x > step || s[len(s)-1].x < step {
				continue
			}
			reaching++
			if s[next[i]].x == step {
				values = append(values, s[next[i]].y)
				next[i]++
			}
		}
		switch {
		case len(values) < reaching:
			out.apart++
			continue
		case slices.ContainsFunc(values, func(v float64) bool { return !finite(v) }):
			out.undefined++
			out.points = append(out.points, interval{step, math.NaN(), math.NaN(), math.NaN(), len(values)})
			continue
		}
		for n := len(quantiles); n <= len(values); n++ {
			quantiles = append(quantiles, stats.Quantile((1+level)/2, float64(n-1)))
		}
		s := stats.Summarize(values)
		half := quantiles[s.N] * s.SEM()
		out.points = append(out.points, interval{step, s.Mean, s.Mean - half, s.Mean + half, s.N})
	}
	return out
}

// alone is the mean of one series: its values, without intervals.
func alone(points []xy) averaged {
	out := averaged{points: make([]interval, len(points))}
	for i, p := range points {
		out.points[i] = interval{p.x, p.y, math.NaN(), math.NaN(), 1}
		if !finite(p.y) {
			out.undefined++
			out.points[i].mean = math.NaN()
		}
	}
	return out
}

// union is all steps of several series, ascending.
func union(all [][]xy) []float64 {
	if len(all) > 0 && !slices.ContainsFunc(all, func(s []xy) bool { return !sameSteps(s, all[0]) }) {
		steps := make([]float64, len(all[0]))
		for i, p := range all[0] {
			steps[i] = p.x
		}
		return steps
	}
	var steps []float64
	for _, s := range all {
		for _, p := range s {
			steps = append(steps, p.x)
		}
	}
	slices.Sort(steps)
	return slices.Compact(steps)
}

func sameSteps(a, b []xy) bool {
	return slices.EqualFunc(a, b, func(p, q xy) bool { return p.x == q.x })
}

// subtract is a minus b at the steps that both have.
func subtract(a, b []xy) []xy {
	var d []xy
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].x < b[j].x:
			i++
		case a[i].x > b[j].x:
			j++
		default:
			d = append(d, xy{a[i].x, a[i].y - b[j].y})
			i, j = i+1, j+1
		}
	}
	return d
}

// counts is the least and the greatest n of the points that have a mean.
func (a averaged) counts() (least, most int) {
	for _, p := range a.points {
		if finite(p.mean) {
			if least == 0 || p.n < least {
				least = p.n
			}
			most = max(most, p.n)
		}
	}
	return least, most
}
