package viz

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"

	"inkstone/internal/thousands"
)

// stepTicks names about six steps, as 0, 500, 1000; from 10k on with k and M.
type stepTicks struct{}

// Ticks implements plot.Ticker.
func (stepTicks) Ticks(low, high float64) []plot.Tick {
	return ticks(low, high, max(spacing(high-low, 7), 1), func(v, _ float64) string {
		if high < 1e4 {
			return strings.ReplaceAll(strconv.FormatFloat(v, 'f', 0, 64), "-", "−")
		}
		return shortStep(v)
	})
}

// amountTicks names about six amounts of what grows, such as tokens.
type amountTicks struct{}

// Ticks implements plot.Ticker.
func (amountTicks) Ticks(low, high float64) []plot.Tick {
	return ticks(low, high, spacing(high-low, 7), func(v, every float64) string {
		if high < 1e4 || high >= 1e12 {
			return number(v, every)
		}
		return shortStep(v)
	})
}

// seconds are what one names of times.
var seconds = []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400}

// timeTicks names about six times, each with its unit.
type timeTicks struct{}

// Ticks implements plot.Ticker.
func (timeTicks) Ticks(low, high float64) []plot.Tick {
	every := spacing(high-low, 7)
	if every > 1 {
		days := spacing((high-low)/86400, 7) * 86400
		every = max(days, 86400)
		for _, s := range seconds {
			if (high-low)/s <= 7 {
				every = s
				break
			}
		}
	}
	return ticks(low, high, every, duration)
}

// duration writes seconds in the largest unit of which they, and the distance to the next tick, are whole or a half.
func duration(v, every float64) string {
	unit, name := 1.0, "s"
	for _, u := range []struct {
		seconds float64
		name    string
	}{{60, "min"}, {3600, "h"}, {86400, "d"}} {
		if math.Mod(every, u.seconds/2) == 0 && v >= u.seconds {
			unit, name = u.seconds, u.name
		}
	}
	if v == 0 {
		return "0"
	}
	return number(v/unit, max(math.Mod(v/unit, 1), every/unit)) + " " + name
}

// valueTicks names about five values.
type valueTicks struct{}

// Ticks implements plot.Ticker.
func (valueTicks) Ticks(low, high float64) []plot.Tick {
	if math.IsInf(high-low, 0) {
		return []plot.Tick{{Value: low / 2, Label: number(low/2, high)}, {Value: 0, Label: "0"}, {Value: high / 2, Label: number(high/2, high)}}
	}
	return ticks(low, high, spacing(high-low, 6), number)
}

// spacing is the round number, 1, 2 or 5 times a power of ten, that divides a range into at most n parts.
func spacing(width float64, n int) float64 {
	least := width / float64(n)
	unit := math.Pow(10, math.Floor(math.Log10(least)))
	for _, times := range []float64{1, 2, 5} {
		if times*unit >= least*(1-1e-9) {
			return times * unit
		}
	}
	return 10 * unit
}

func ticks(low, high, every float64, label func(v, every float64) string) []plot.Tick {
	var all []plot.Tick
	if !(every > 0) || math.IsInf(every, 0) || math.IsInf(high-low, 0) {
		return all
	}
	slack := every * 1e-6
	for i := math.Ceil((low - slack) / every); i*every <= high+slack; i++ {
		v := i * every
		if v == 0 {
			v = 0 // not minus zero
		}
		all = append(all, plot.Tick{Value: v, Label: label(v, every)})
		if len(all) > 50 {
			break
		}
	}
	return all
}

// number writes a value with the digits that tell it from its neighbours.
func number(v, every float64) string {
	var s string
	if size := max(math.Abs(v), every); size >= 1e6 || size < 1e-3 {
		s = strconv.FormatFloat(v, 'e', max(0, int(math.Floor(math.Log10(size)+1e-9)-math.Floor(math.Log10(every)+1e-9))), 64)
		mantissa, exponent, _ := strings.Cut(s, "e")
		n, _ := strconv.Atoi(exponent)
		if s = mantissa + "e" + strconv.Itoa(n); v == 0 {
			s = "0"
		}
	} else {
		s = strconv.FormatFloat(v, 'f', max(0, -int(math.Floor(math.Log10(every)+1e-9))), 64)
		if math.Abs(v) >= 1e4 {
			s = thousands.Decimal(s)
		}
	}
	return strings.ReplaceAll(s, "-", "−")
}

// shortStep writes a step with k and M.
func shortStep(v float64) string {
	short := func(v float64, unit string) string { return strconv.FormatFloat(v, 'f', -1, 64) + unit }
	var s string
	switch size := math.Abs(v); {
	case size >= 1e9:
		s = short(v/1e9, "G")
	case size >= 1e6:
		s = short(v/1e6, "M")
	case size >= 1e3:
		s = short(v/1e3, "k")
	default:
		s = short(v, "")
	}
	return strings.ReplaceAll(s, "-", "−")
}
