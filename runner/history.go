package runner

import (
	"encoding/json"
	"fmt"
	"time"
)

// history is what a run knows of its past beside weights and records. Checkpoints hold it, so that a run which is resumed
// decides as one that was not.
type history struct {
	// Trained is the time in the training loop, over all attempts.
	Trained time.Duration `json:"trained_ns"`
	// Ended is why a stop rule ended the run; empty while none has.
	Ended      string     `json:"ended,omitempty"`
	Divergence divergence `json:"divergence"`
	Plateau    plateau    `json:"plateau"`
	// Best is where train.checkpoint.best was best; nil before its first value.
	Best *best `json:"best,omitempty"`
	// Reloads counts how often a checkpoint was loaded again after a failed step.
	Reloads int `json:"reloads,omitempty"`
}

// best is the step at which a metric had its best value.
type best struct {
	Step  int     `json:"step"`
	Value float64 `json:"value"`
}

func (h history) encode() (string, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return "", fmt.Errorf("write the run's history: %w", err)
	}
	return string(text), nil
}

// decodeHistory reads what encode wrote; checkpoints of earlier versions have none.
func decodeHistory(text string) (h history, err error) {
	if text == "" {
		return h, nil
	}
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		return h, fmt.Errorf("read the run's history: %w", err)
	}
	return h, nil
}
