package optim

import (
	"math"

	"inkstone/experiments"
)

// Rate is the learning rate of an update, counted from 1. As in transformers, update n uses the schedule's value at n−1:
// the first of a warm-up is at warmup_start_ratio.
func Rate(t experiments.Train, update int) float64 {
	return t.LearningRate * Multiplier(t, update-1)
}

// Multiplier is the schedule at a step from 0, between 0 and 1: a linear warm-up from warmup_start_ratio, then the shape that
// lr_scheduler_type names. The shapes are those of transformers, up to max_steps; beyond them a schedule keeps its last value.
func Multiplier(t experiments.Train, step int) float64 {
	warm := t.Warmup()
	if step < warm {
		return t.WarmupStartRatio + (1-t.WarmupStartRatio)*float64(step)/float64(warm)
	}
	switch t.LRSchedulerType {
	case "constant":
		return 1
	case "inverse_sqrt":
		return inverseSqrt(step, warm)
	}
	return t.MinLRRatio + (1-t.MinLRRatio)*fall(t, step, warm)
}

// fall goes from 1 behind the warm-up to 0 at the last step.
func fall(t experiments.Train, step, warm int) float64 {
	at := progress(step, warm, t.MaxSteps)
	switch t.LRSchedulerType {
	case "cosine":
		return halfCosine(at)
	case "cosine_with_restarts":
		if at == 1 {
			return 0
		}
		return halfCosine(math.Mod(float64(t.NumCycles)*at, 1))
	case "polynomial":
		return math.Pow(1-at, t.Power)
	case "wsd":
		return decay(t.DecayType, progress(step, t.MaxSteps-t.Decay(), t.MaxSteps))
	}
	return 1 - at // linear
}

// decay is the last part of "wsd" (Hu et al. 2024, MiniCPM; "1-sqrt": Hägele et al. 2024).
func decay(kind string, at float64) float64 {
	switch kind {
	case "cosine":
		return halfCosine(at)
	case "1-sqrt":
		return 1 - math.Sqrt(at)
	}
	return 1 - at
}

// inverseSqrt falls with the root of the step, on the warm-up's scale, or that of 10,000 steps where there is none
// (Vaswani et al. 2017).
func inverseSqrt(step, warm int) float64 {
	scale := warm
	if scale == 0 {
		scale = 10_000
	}
	return 1 / math.Sqrt(float64(step+scale-warm)/float64(scale))
}

// halfCosine goes from 1 at 0 to 0 at 1.
func halfCosine(at float64) float64 { return (1 + math.Cos(math.Pi*at)) / 2 }

// progress is how far a step lies between two, from 0 to 1.
func progress(step, from, to int) float64 {
	if step >= to {
		return 1
	}
	return max(float64(step-from)/float64(to-from), 0)
}
