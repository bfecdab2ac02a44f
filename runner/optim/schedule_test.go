package optim

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"inkstone/experiments"
	"inkstone/runner/reference"
)

// published is one schedule of transformers (folder schedules).
type published struct {
	Name string
	Args struct {
		Warmup     int     `json:"num_warmup_steps"`
		Training   int     `json:"num_training_steps"`
		Stable     int     `json:"num_stable_steps"`
		Decay      int     `json:"num_decay_steps"`
		MinRate    float64 `json:"min_lr_rate"`
		MinRatio   float64 `json:"min_lr_ratio"`
		Cycles     int     `json:"num_cycles"`
		Power      float64 `json:"power"`
		End        float64 `json:"lr_end"`
		DecayShape string  `json:"decay_type"`
	}
	Multipliers []float64
}

// train says the same in our words.
func (p published) train() experiments.Train {
	a := p.Args
	t := experiments.Train{
		LRSchedulerType: p.Name, MaxSteps: a.Training, WarmupSteps: a.Warmup, MinLRRatio: a.MinRate,
		NumCycles: a.Cycles, Power: a.Power, DecayType: a.DecayShape,
	}
	switch p.Name {
	case "cosine_with_min_lr":
		t.LRSchedulerType = "cosine"
	case "constant_with_warmup":
		t.LRSchedulerType = "constant"
	case "polynomial":
		t.MinLRRatio = a.End // the base rate is 1
	case "warmup_stable_decay":
		t.LRSchedulerType, t.MaxSteps = "wsd", a.Warmup+a.Stable+a.Decay
		t.MinLRRatio, t.WarmupStartRatio = a.MinRatio, a.MinRatio
		t.DecayRatio = (float64(a.Decay) - 0.5) / float64(t.MaxSteps) // rounded up
	}
	return t
}

// compared is how many of a schedule's steps have to agree: behind the last one theirs goes on with the cosine, which
// rises or begins a cycle again, and ours stays.
func (p published) compared() int {
	if strings.HasPrefix(p.Name, "cosine") {
		return p.Args.Training
	}
	return len(p.Multipliers)
}

func TestSchedules(t *testing.T) {
	var file struct{ Cases []published }
	reference.JSON(t, &file, "schedules", "schedules.json")
	if len(file.Cases) != 41 {
		t.Errorf("%d schedules, want 41", len(file.Cases))
	}
	for _, c := range file.Cases {
		t.Run(fmt.Sprintf("%s %+v", c.Name, c.Args), func(t *testing.T) {
			train := c.train()
			for step, want := range c.Multipliers[:c.compared()] {
				if got := Multiplier(train, step); math.Abs(got-want) > 1e-12 {
					t.Errorf("step %d: %v, want %v", step, got, want)
				}
			}
		})
	}
}

// A warm-up by share and one by steps are the same, and no schedule leaves its bounds behind the last step.
func TestWarmupByShare(t *testing.T) {
	for _, kind := range []string{"linear", "cosine", "constant", "wsd", "polynomial", "inverse_sqrt", "cosine_with_restarts"} {
		t.Run(kind, func(t *testing.T) {
			share := experiments.Train{LRSchedulerType: kind, MaxSteps: 37, WarmupRatio: 0.2, MinLRRatio: 0.1, DecayRatio: 0.2, NumCycles: 2, Power: 2}
			steps := share
			steps.WarmupRatio, steps.WarmupSteps = 0, 8
			for step := range 80 {
				if a, b := Multiplier(share, step), Multiplier(steps, step); a != b || a < 0 || a > 1 {
					t.Errorf("step %d: %v by share, %v by steps, want the same between 0 and 1", step, a, b)
				}
			}
		})
	}
}
