package viz

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"inkstone/tracker"
)

// smoothing is how lines are smoothed; the zero value leaves them as they are.
type smoothing struct {
	kind  string  // "ema", "gaussian" or ""
	width float64 // half-life or standard deviation, in units of the axis
}

// parseSmoothing reads "", "ema:HALF-LIFE" or "gaussian:SIGMA".
func parseSmoothing(text string) (smoothing, error) {
	if text == "" || text == "none" {
		return smoothing{}, nil
	}
	kind, rest, _ := strings.Cut(text, ":")
	width, err := strconv.ParseFloat(rest, 64)
	if err != nil || kind != "ema" && kind != "gaussian" || !(width > 0) || math.IsInf(width, 0) {
		return smoothing{}, fmt.Errorf("%w: smooth=%q: want ema:HALF-LIFE or gaussian:SIGMA, a positive number in units of the axis, as ema:50", tracker.ErrInvalid, text)
	}
	return smoothing{kind, width}, nil
}

// fact says in a caption how lines were smoothed.
func (s smoothing) fact(axis string, behind bool) []string {
	rest := "."
	if behind {
		rest = "; behind it the values as they were recorded."
	}
	switch s.kind {
	case "ema":
		return []string{fmt.Sprintf("Smoothed by an exponential moving average with a half-life of %s (%s), each run by itself%s", significant(s.width), axis, rest)}
	case "gaussian":
		return []string{fmt.Sprintf("Smoothed by a Gaussian with a standard deviation of %s (%s), each run by itself%s", significant(s.width), axis, rest)}
	}
	return nil
}

// margin is the window with what lies beside it and has a part in the smoothed values within.
func (s smoothing) margin(w window) window {
	switch s.kind {
	case "ema":
		return w.widened(10*s.width, 0)
	case "gaussian":
		return w.widened(reach*s.width, reach*s.width)
	}
	return w
}

// apply smooths a series; values that are no finite numbers stay, and nothing is smoothed over them.
func (s smoothing) apply(points []xy) []xy {
	switch s.kind {
	case "ema":
		return ema(points, s.width)
	case "gaussian":
		return gaussian(points, s.width)
	}
	return points
}

// ema weighs every earlier value by a half for each half-life that lies between, so that unequal distances on the axis count as
// they are; the weights sum to 1 from the first value on.
func ema(points []xy, halfLife float64) []xy {
	out := make([]xy, len(points))
	sum, weight, last := 0.0, 0.0, 0.0
	for i, p := range points {
		out[i] = p
		if !finite(p.y) {
			sum, weight = 0, 0
			continue
		}
		if weight > 0 {
			kept := math.Exp2((last - p.x) / halfLife)
			sum, weight = sum*kept, weight*kept
		}
		sum, weight, last = sum+p.y, weight+1, p.x
		out[i].y = sum / weight
	}
	return out
}

// reach is how many standard deviations away a value still counts.
const reach = 3.5

// mostWindow bounds the values that one smoothed value is made of; beyond it every so many count.
const mostWindow = 512

// gaussian weighs the values on both sides by the normal density of their distance on the axis.
func gaussian(points []xy, sigma float64) []xy {
	out := make([]xy, len(points))
	from, to := 0, 0
	for i, p := range points {
		out[i] = p
		if !finite(p.y) {
			from = i + 1
			continue
		}
		for points[from].x < p.x-reach*sigma {
			from++
		}
		for to = max(to, i); to+1 < len(points) && points[to+1].x <= p.x+reach*sigma && finite(points[to+1].y); {
			to++
		}
		sum, weight := 0.0, 0.0
		for j, every := from, (to-from)/mostWindow+1; j <= to; j += every {
			d := (points[j].x - p.x) / sigma
			w := math.Exp(-d * d / 2)
			sum, weight = sum+w*points[j].y, weight+w
		}
		out[i].y = sum / weight
	}
	return out
}
