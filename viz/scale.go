package viz

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"

	"inkstone/tracker"
)

// scale is how an axis goes from values to places.
type scale struct {
	kind string // "", "log" or "symlog"
	// threshold of symlog: about linear nearer to zero, logarithmic beyond.
	threshold float64
}

func parseScale(field, text string) (scale, error) {
	switch text {
	case "", "linear":
		return scale{}, nil
	case "log", "symlog":
		return scale{kind: text}, nil
	}
	return scale{}, fmt.Errorf("%w: %s=%q: want linear, log or symlog", tracker.ErrInvalid, field, text)
}

// fit chooses a symlog's threshold from what is shown: the power of ten below the tenth part of the sizes that are nearest to
// zero, at most a thousandth of the largest.
func (s *scale) fit(values []float64) {
	if s.kind != "symlog" {
		return
	}
	var sizes []float64
	for _, v := range values {
		if v = math.Abs(v); v > 0 && finite(v) {
			sizes = append(sizes, v)
		}
	}
	s.threshold = 1
	if len(sizes) > 0 {
		slices.Sort(sizes)
		s.threshold = max(math.Pow(10, math.Floor(math.Log10(sizes[len(sizes)/10]))), 1e-6*sizes[len(sizes)-1])
	}
}

// shows tells whether the axis has a place for a value.
func (s scale) shows(v float64) bool { return finite(v) && (s.kind != "log" || v > 0) }

// place is a value on the axis, which is linear in it.
func (s scale) place(v float64) float64 {
	switch s.kind {
	case "log":
		return math.Log10(max(v, math.SmallestNonzeroFloat64))
	case "symlog":
		return math.Copysign(math.Log10(1+math.Abs(v)/s.threshold), v)
	}
	return v
}

// value is what stands at a place.
func (s scale) value(at float64) float64 {
	switch s.kind {
	case "log":
		return math.Pow(10, at)
	case "symlog":
		return math.Copysign(s.threshold*(math.Pow(10, math.Abs(at))-1), at)
	}
	return at
}

// Normalize implements plot.Normalizer; a linear range may be wider than a float holds.
func (s scale) Normalize(low, high, v float64) float64 {
	if !s.shows(v) {
		return 0 // at the edge
	}
	low, high, v = s.place(low), s.place(high), s.place(v)
	return (v/2 - low/2) / (high/2 - low/2)
}

// widen puts room about a range, in the axis' own measure.
func (s scale) widen(low, high, below, above float64) (float64, float64) {
	a, b := s.place(low), s.place(high)
	room := b - a
	return s.value(a - below*room), s.value(b + above*room)
}

// ticks of a logarithmic axis: decades, and 2 and 5 between them where there are few.
func (s scale) ticks(low, high float64) []plot.Tick {
	var all []plot.Tick
	add := func(v float64, named bool) {
		if v < low*(1-1e-9) && low > 0 || v < low && low <= 0 || v > high*(1+1e-9) && high > 0 || v > high && high <= 0 {
			return
		}
		t := plot.Tick{Value: v}
		if named {
			t.Label = decade(v)
		}
		all = append(all, t)
	}
	first, last := s.decades(low, high)
	every := max(1, (last-first)/6)
	few := last-first <= 2
	for e := first; e <= last; e++ {
		unit := math.Pow(10, float64(e))
		for _, sign := range []float64{-1, 1} {
			if sign < 0 && s.kind == "log" {
				continue
			}
			for times := 1.0; times < 10; times++ {
				switch {
				case times == 1:
					add(sign*unit, (e-first)%every == 0)
				case few:
					add(sign*times*unit, times == 2 || times == 5)
				case every == 1:
					add(sign*times*unit, false)
				}
			}
		}
	}
	if s.kind == "symlog" && low <= 0 && high >= 0 {
		all = append(all, plot.Tick{Value: 0, Label: "0"})
	}
	slices.SortFunc(all, func(a, b plot.Tick) int {
		switch {
		case a.Value < b.Value:
			return -1
		case a.Value > b.Value:
			return 1
		}
		return 0
	})
	return all
}

// decades are the exponents of the first and last power of ten of a range.
func (s scale) decades(low, high float64) (first, last int) {
	small := low
	if s.kind == "symlog" {
		small, high = s.threshold, max(math.Abs(low), math.Abs(high), s.threshold)
	}
	return int(math.Floor(math.Log10(small) + 1e-9)), int(math.Ceil(math.Log10(high) - 1e-9))
}

// decade writes 1, 20, 0.05, and from a thousandth down and ten thousand up 1e−4.
func decade(v float64) string {
	text := fmt.Sprintf("%.4g", v)
	if size := math.Abs(v); size > 0 && (size < 1e-3 || size >= 1e4) {
		text = fmt.Sprintf("%.0e", v)
		mantissa, exponent, _ := strings.Cut(text, "e")
		text = mantissa + "e" + strings.TrimLeft(strings.Replace(exponent, "+", "", 1), "0")
		if strings.HasPrefix(exponent, "-") {
			text = mantissa + "e-" + strings.TrimLeft(exponent[1:], "0")
		}
	}
	return strings.ReplaceAll(text, "-", "−")
}

// scaleTicks names the values of a log or symlog axis.
type scaleTicks struct{ scale }

// Ticks implements plot.Ticker.
func (t scaleTicks) Ticks(low, high float64) []plot.Tick {
	all, named := t.ticks(low, high), 0
	for _, tick := range all {
		if !tick.IsMinor() {
			named++
		}
	}
	if named >= 2 {
		return all
	}
	return valueTicks{}.Ticks(low, high) // less than a decade
}
