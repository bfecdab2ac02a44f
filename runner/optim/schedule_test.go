package optim

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"inkstone/experiments"
)

// reference is one schedule of transformers (folder schedules).
type reference struct {
	Name string
	Args struct {
		Warmup     int     `json:"num_warmup_steps"`
		Training   int     `json:"num_training_steps"`
		Stable     int     `json:"num_stable_steps"`
		Decay      int     `json:"num_decay_steps"`
		MinRate    float64 `json:"min_lr_rate"`
		MinRatio   float64 `json:"min_lr_ratio"`
		DecayShape string  `json:"decay_type"`
	}
	Multipliers []float64
}

// train says the same in our words; ok is false for schedules that we do not have.
func (r reference) train() (t experiments.Train, ok bool) {
	a := r.Args
	t.MaxSteps, t.MinLRRatio = a.Training, a.MinRate
	switch r.Name {
	case "linear", "cosine":
		t.LRSchedulerType = r.Name
	case "cosine_with_min_lr":
		t.LRSchedulerType = "cosine"
	case "constant_with_warmup":
		t.LRSchedulerType, t.MaxSteps = "constant", len(r.Multipliers)
	case "warmup_stable_decay":
		t.LRSchedulerType, t.MaxSteps, t.MinLRRatio = "wsd", a.Warmup+a.Stable+a.Decay, a.MinRatio
		t.DecayRatio = (float64(a.Decay) - 0.5) / float64(t.MaxSteps) // rounded up
	}
	if a.Warmup > 0 {
		t.WarmupRatio = (float64(a.Warmup) - 0.5) / float64(t.MaxSteps)
	}
	return t, t.LRSchedulerType != "" && (a.DecayShape == "" || a.DecayShape == "linear")
}

func TestSchedules(t *testing.T) {
	root := os.Getenv("INKSTONE_FIXTURES")
	if root == "" {
		root = "testdata"
	}
	text, err := os.ReadFile(filepath.Join(root, "schedules", "schedules.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []reference }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	compared := map[string]int{}
	for _, c := range file.Cases {
		train, ok := c.train()
		if !ok {
			continue
		}
		compared[train.LRSchedulerType]++
		t.Run(fmt.Sprintf("%s %+v", c.Name, c.Args), func(t *testing.T) {
			for step, want := range c.Multipliers[:train.MaxSteps] {
				if train.LRSchedulerType == "wsd" && step < c.Args.Warmup {
					continue // theirs warms up from the floor, ours from 0
				}
				if got := Multiplier(train, step); math.Abs(got-want) > 1e-12 {
					t.Errorf("step %d: %v, want %v", step, got, want)
				}
			}
		})
	}
	for _, kind := range []string{"linear", "cosine", "constant", "wsd"} {
		if compared[kind] == 0 {
			t.Errorf("no case compares %q", kind)
		}
	}
}
