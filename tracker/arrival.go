package tracker

import (
	"math"
	"time"
)

// Arrival is what an event brings of one series: its new points, in the order of recording.
type Arrival struct {
	Metric, Context string
	// Points are all of a few; of many, the lowest and the highest of consecutive pieces, and the last.
	Points []Point
	// Count is how many there are.
	Count int
}

// arrivalPieces bounds what an event carries: two points of each piece.
const arrivalPieces = 32

// arrivals reads the new points of a batch. A damaged batch brings what stands before the damage; who reads its series
// names it.
func arrivals(payload []byte) []Arrival {
	d, names, err := openPayload(payload)
	if err != nil {
		return nil
	}
	all := make([]Arrival, len(names))
	for i, name := range names {
		all[i].Metric, all[i].Context = name.metric, name.context
	}
	_ = d.samples(len(names), func(series int, step, at int64, value float64) {
		all[series].Points = append(all[series].Points, Point{step, time.UnixMicro(at).UTC(), Value(value)})
	})
	for i := range all {
		all[i].Count = len(all[i].Points)
		all[i].Points = thinned(all[i].Points)
	}
	return all
}

// thinned keeps the extremes of consecutive pieces, and the last point.
func thinned(points []Point) []Point {
	n := len(points)
	if n <= 2*arrivalPieces {
		return points
	}
	kept := make([]Point, 0, 2*arrivalPieces+1)
	for piece := range arrivalPieces {
		from, end := piece*n/arrivalPieces, (piece+1)*n/arrivalPieces
		low, high := extremes(points[from:end])
		kept = append(kept, points[from+min(low, high)])
		if low != high {
			kept = append(kept, points[from+max(low, high)])
		}
	}
	if last := points[n-1]; kept[len(kept)-1].Step != last.Step {
		kept = append(kept, last)
	}
	return kept
}

// extremes are the indices of the lowest and the highest number; both are 0 where none is a number.
func extremes(points []Point) (low, high int) {
	for i, p := range points {
		v := float64(p.Value)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		if l := float64(points[low].Value); !(l <= v) || math.IsInf(l, 0) {
			low = i
		}
		if h := float64(points[high].Value); !(h >= v) || math.IsInf(h, 0) {
			high = i
		}
	}
	return low, high
}
