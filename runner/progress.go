package runner

import "time"

// Progress is what an attempt tells while it runs.
type Progress struct {
	// Phase is "compile", "train", "validate" or "finish".
	Phase string `json:"phase"`
	// Step counts finished updates, of MaxSteps.
	Step     int `json:"step"`
	MaxSteps int `json:"max_steps"`
	// Loss is the last training loss that was read, in nats per target.
	Loss            float64       `json:"loss"`
	TokensPerSecond float64       `json:"tokens_per_second"`
	Remaining       time.Duration `json:"remaining"`
}
