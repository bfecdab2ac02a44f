package runner

import (
	"fmt"
	"math"
	"time"

	"inkstone/experiments"
)

// divergence follows the training loss for the rule of that name.
type divergence struct {
	// Sum and Weight make the moving average Sum/Weight, in which an earlier step counts smoothing times as much as the next.
	Sum    float64 `json:"sum"`
	Weight float64 `json:"weight"`
	// Least is the least value that the average had; Above counts the steps in a row with a loss above Factor times that.
	Least float64 `json:"least"`
	Above int     `json:"above"`
}

const smoothing = 0.9

// see takes a step's loss. It returns why the run ends, or nothing.
func (d *divergence) see(rule experiments.Divergence, loss float64) string {
	if rule.Factor == 0 {
		return ""
	}
	if d.Weight > 0 && loss > rule.Factor*d.Least {
		d.Above++
	} else {
		d.Above = 0
	}
	first := d.Weight == 0
	d.Sum, d.Weight = smoothing*d.Sum+(1-smoothing)*loss, smoothing*d.Weight+(1-smoothing)
	if mean := d.Sum / d.Weight; first || mean < d.Least {
		d.Least = mean
	}
	if d.Above < rule.Steps {
		return ""
	}
	return fmt.Sprintf("divergence: the training loss was above %g times %.4g, its smoothed minimum, for %d steps", rule.Factor, d.Least, d.Above)
}

// plateau follows a validation metric for the rule of that name.
type plateau struct {
	Best *best `json:"best,omitempty"`
	// Without counts the looks in a row without improvement.
	Without int `json:"without"`
}

// see takes a value at a step. It returns why the run ends, or nothing. A value that is no number is no improvement.
func (p *plateau) see(rule experiments.Plateau, step int, value float64) string {
	if !math.IsNaN(value) && !math.IsInf(value, 0) && (p.Best == nil || rule.Better(value, p.Best.Value)) {
		p.Best, p.Without = &best{step, value}, 0
		return ""
	}
	if p.Without++; p.Without < rule.Patience {
		return ""
	}
	if p.Best == nil {
		return fmt.Sprintf("plateau: %s was no number in %d looks", rule.Metric, p.Without)
	}
	return fmt.Sprintf("plateau: in %d looks %s has not improved on %.4g, its value at step %d", p.Without, rule.Metric, p.Best.Value, p.Best.Step)
}

// spent tells why the budget of tokens or time ends the run, or nothing.
func spent(rule experiments.Stop, tokens int64, trained time.Duration) string {
	if rule.MaxTokens > 0 && tokens >= rule.MaxTokens {
		return fmt.Sprintf("max_tokens: %d tokens are trained, of at most %d", tokens, rule.MaxTokens)
	}
	limit, err := time.ParseDuration(rule.MaxTime) // a resolved spec has a duration or nothing
	if err == nil && trained >= limit {
		return fmt.Sprintf("max_time: %v of training are over", limit)
	}
	return ""
}
