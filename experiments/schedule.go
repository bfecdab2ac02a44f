package experiments

import "math"

// Warmup is the number of updates that warm up; a share is rounded up, as transformers does.
func (t Train) Warmup() int {
	if t.WarmupSteps > 0 {
		return t.WarmupSteps
	}
	return int(math.Ceil(t.WarmupRatio * float64(t.MaxSteps)))
}

// Decay is the number of updates in which "wsd" decays, rounded up.
func (t Train) Decay() int { return int(math.Ceil(t.DecayRatio * float64(t.MaxSteps))) }

// schedule checks that the parts of the schedule fit into the steps.
func (v *validator) schedule() {
	t := v.spec.Train
	if t.MaxSteps < 1 {
		return
	}
	if t.WarmupSteps > t.MaxSteps {
		v.wrong([]string{"train.warmup_steps", "train.max_steps"}, "%d steps of warm-up are more than max_steps %d; make it at most that", t.WarmupSteps, t.MaxSteps)
		return
	}
	share := t.WarmupRatio + float64(t.WarmupSteps)/float64(t.MaxSteps)
	if t.LRSchedulerType == "wsd" && share+t.DecayRatio > 1 {
		at := []string{"train.decay_ratio", "train.warmup_steps", "train.warmup_ratio", "train.lr_scheduler_type"}
		v.wrong(at, "the warm-up's share %g and decay_ratio %g are more than all steps together; their sum must be at most 1", share, t.DecayRatio)
	}
}
