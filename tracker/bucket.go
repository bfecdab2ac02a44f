package tracker

import "math"

// Bucket stands for consecutive points of a series. What is no number is counted, and left out of the rest.
type Bucket struct {
	Count, NaN, PosInf, NegInf int64
	// First and last in the order of recording; a series whose steps go backwards can have others between.
	FirstStep, LastStep int64
	FirstTime, LastTime int64 // Unix microseconds
	// StepsBack: a step is smaller than the one before it; TimesBack: a time is.
	StepsBack, TimesBack bool
	// Min, Max and Sum are those of the finite values; without any, Min is +Inf, Max -Inf and Sum 0.
	Min, Max, Sum float64
}

// Finite is how many values are numbers.
func (b Bucket) Finite() int64 { return b.Count - b.NaN - b.PosInf - b.NegInf }

// Mean is the mean of the finite values, NaN without any.
func (b Bucket) Mean() float64 { return b.Sum / float64(b.Finite()) }

// Points are told apart up to levelPoints; a chunk's pyramid has a bucket for as many, and one for the whole chunk.
const (
	levelPoints = 64
	chunkPoints = 8192 // a multiple of levelPoints
)

func emptyBucket() Bucket { return Bucket{Min: math.Inf(1), Max: math.Inf(-1)} }

// add puts a point behind the others.
func (b *Bucket) add(step, time int64, value float64) {
	if b.Count == 0 {
		*b = emptyBucket()
		b.FirstStep, b.FirstTime = step, time
	}
	b.StepsBack, b.TimesBack = b.StepsBack || b.Count > 0 && step < b.LastStep, b.TimesBack || b.Count > 0 && time < b.LastTime
	b.Count++
	b.LastStep, b.LastTime = step, time
	switch {
	case math.IsNaN(value):
		b.NaN++
	case math.IsInf(value, 1):
		b.PosInf++
	case math.IsInf(value, -1):
		b.NegInf++
	default:
		b.Min, b.Max, b.Sum = min(b.Min, value), max(b.Max, value), b.Sum+value
	}
}

// merge puts later points behind the others. The order of merging decides the last bits of the sum: it follows the pyramid,
// so that a sum does not tell how far a series was folded.
func (b *Bucket) merge(next Bucket) {
	if next.Count == 0 {
		return
	}
	if b.Count == 0 {
		*b = next
		return
	}
	b.Count, b.NaN, b.PosInf, b.NegInf = b.Count+next.Count, b.NaN+next.NaN, b.PosInf+next.PosInf, b.NegInf+next.NegInf
	b.StepsBack = b.StepsBack || next.StepsBack || next.FirstStep < b.LastStep
	b.TimesBack = b.TimesBack || next.TimesBack || next.FirstTime < b.LastTime
	b.LastStep, b.LastTime = next.LastStep, next.LastTime
	b.Min, b.Max, b.Sum = min(b.Min, next.Min), max(b.Max, next.Max), b.Sum+next.Sum
}

// levelsOf is the lower level of a chunk's pyramid, topOf the bucket of all.
func levelsOf(c *columns) []Bucket {
	levels := make([]Bucket, (c.len()+levelPoints-1)/levelPoints)
	for i := range c.len() {
		levels[i/levelPoints].add(c.steps[i], c.times[i], c.values[i])
	}
	return levels
}

func topOf(levels []Bucket) Bucket {
	top := emptyBucket()
	for _, l := range levels {
		top.merge(l)
	}
	return top
}
