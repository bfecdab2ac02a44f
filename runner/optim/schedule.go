package optim

import (
	"math"

	"inkstone/experiments"
)

// Rate is the learning rate of an update, counted from 1. As in transformers, update n uses the schedule's value at n−1:
// the first of a warm-up is 0.
func Rate(t experiments.Train, update int) float64 {
	return t.LearningRate * Multiplier(t, update-1)
}

// Multiplier is the schedule at a step from 0, between 0 and 1: a linear warm-up over warmup_ratio of the steps, then
// "cosine" and "linear" fall to min_lr_ratio at the last step, "constant" stays, and "wsd" stays until the last
// decay_ratio of the steps, in which it falls linearly.
func Multiplier(t experiments.Train, step int) float64 {
	warm := warmup(t)
	if step < warm {
		return float64(step) / float64(max(warm, 1))
	}
	switch t.LRSchedulerType {
	case "cosine":
		return floor(t, (1+math.Cos(math.Pi*progress(step, warm, t.MaxSteps)))/2)
	case "linear":
		return floor(t, 1-progress(step, warm, t.MaxSteps))
	case "wsd":
		decay := int(math.Ceil(t.DecayRatio * float64(t.MaxSteps)))
		return floor(t, 1-progress(step, t.MaxSteps-decay, t.MaxSteps))
	}
	return 1
}

// warmup is the number of warm-up steps, rounded up as transformers does.
func warmup(t experiments.Train) int { return int(math.Ceil(t.WarmupRatio * float64(t.MaxSteps))) }

// progress is how far a step lies between two, from 0 to 1.
func progress(step, from, to int) float64 {
	return min(max(float64(step-from)/float64(max(to-from, 1)), 0), 1)
}

// floor scales a fall from 1 to 0 into one from 1 to min_lr_ratio.
func floor(t experiments.Train, fall float64) float64 { return t.MinLRRatio + (1-t.MinLRRatio)*fall }
