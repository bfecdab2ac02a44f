package runner

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"inkstone/experiments"
)

func TestDivergenceRule(t *testing.T) {
	rule := experiments.Divergence{Factor: 2, Steps: 3}
	for name, test := range map[string]struct {
		losses []float64
		at     int // the step that ends the run, 0 for none
	}{
		"falls":                   {[]float64{4, 3, 2, 1, 1, 1}, 0},
		"a spike":                 {[]float64{2, 2, 9, 9, 2, 9, 9}, 0},
		"diverges":                {[]float64{2, 2, 9, 9, 9, 9}, 5},
		"slowly":                  {[]float64{2, 2, 3, 4, 4.1, 4.2, 4.3}, 7},
		"high, but never lower":   {[]float64{9, 9, 9, 9, 9, 9}, 0},
		"by the first loss alone": {[]float64{1, 2.1, 2.1, 2.1}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			var d divergence
			at := 0
			for i, loss := range test.losses {
				if reason := d.see(rule, loss); reason != "" && at == 0 {
					at = i + 1
				}
			}
			if at != test.at {
				t.Errorf("ends at %d, want %d", at, test.at)
			}
		})
	}
	var off divergence
	for range 100 {
		if reason := off.see(experiments.Divergence{}, 1e9); reason != "" || off != (divergence{}) {
			t.Fatalf("without a rule: %q, %+v", reason, off)
		}
	}
}

func TestPlateauRule(t *testing.T) {
	for name, test := range map[string]struct {
		metric string
		delta  float64
		values []float64
		at     int
	}{
		"falls":                  {"val/loss", 0, []float64{4, 3, 2, 1}, 0},
		"stays":                  {"val/loss", 0, []float64{4, 3, 3, 3}, 4},
		"falls too little":       {"val/loss", 0.5, []float64{4, 3.9, 3.6, 3.5}, 3},
		"little by little":       {"val/loss", 0.5, []float64{4, 3.6, 3.4, 3.0, 2.8}, 0},
		"rises, and should":      {"val/accuracy", 0, []float64{.1, .2, .3, .4}, 0},
		"falls, and should rise": {"val/accuracy", 0, []float64{.4, .3, .2}, 3},
		"no number":              {"val/loss", 0, []float64{math.NaN(), math.NaN()}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			rule := experiments.Plateau{Metric: test.metric, Every: 1, Patience: 2, MinDelta: test.delta}
			var p plateau
			at := 0
			for i, value := range test.values {
				if reason := p.see(rule, i+1, value); reason != "" && at == 0 {
					at = i + 1
				}
			}
			if at != test.at {
				t.Errorf("ends at %d, want %d", at, test.at)
			}
		})
	}
}

// Every rule ends a run that then is finished, measured at its last step, and does not go on when it is begun again.
func TestStopRules(t *testing.T) {
	for name, test := range map[string]struct {
		sets  []string
		steps int
	}{
		"plateau: in 2 looks val/loss has not improved on":   {[]string{"train.stop.plateau.patience=2", "train.stop.plateau.min_delta=10", "train.stop.plateau.every=1"}, 3},
		"max_tokens: 144 tokens are trained, of at most 100": {[]string{"train.stop.max_tokens=100"}, 3},
		"divergence: the training loss was above 1.01 times": {[]string{"train.stop.divergence.factor=1.01", "train.stop.divergence.steps=1", "train.learning_rate=10", "train.max_steps=60"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			job, record := tinyJob(t, append(test.sets, "record.metrics.every=4", "record.validation.every=4", "record.head_scores.every=4")...)
			result := mustEnd(t, job)
			if !strings.HasPrefix(result.Ended, name) || test.steps > 0 && result.Steps != test.steps || result.Steps >= job.Spec.Train.MaxSteps {
				t.Fatalf("ended %+v, want %d steps", result, test.steps)
			}
			for _, metric := range []string{"val/loss", "heads/induction", "train/loss"} {
				if _, ok := record.logged[int64(result.Steps)][metric]; !ok {
					t.Errorf("the last step has no %s", metric)
				}
			}
			if last := record.captures[len(record.captures)-1].Step; last != int64(result.Steps) {
				t.Errorf("the last capture is of step %d, want %d", last, result.Steps)
			}
			job.Resume, _ = latest(t, job)
			if again := mustEnd(t, job); again != result {
				t.Errorf("begun again it ended as %+v, want %+v", again, result)
			}
		})
	}
}

// The time that is trained counts over attempts, and not the time between them.
func TestMaxTimeOverAttempts(t *testing.T) {
	job, _ := tinyJob(t, "train.stop.max_time=40m", "train.max_steps=50")
	clock := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	attempt := func(stopAt int) *attempt {
		a, err := prepare(job)
		if err != nil {
			t.Fatal(err)
		}
		a.now = func() time.Time { return clock }
		ctx, cancel := context.WithCancel(t.Context())
		a.Progress = func(p Progress) {
			if p.Phase == "train" {
				clock = clock.Add(10 * time.Minute) // a step takes
			}
			if p.Step == stopAt {
				cancel()
			}
		}
		if err := a.train(ctx); err != nil && !errors.Is(err, ErrStopped) {
			t.Fatal(err)
		}
		return a
	}
	if a := attempt(1); a.step != 1 {
		t.Fatalf("the first attempt ended at step %d, want 1", a.step)
	}
	clock = clock.Add(24 * time.Hour)
	job.Resume, _ = latest(t, job)
	if a := attempt(0); a.step != 4 || a.history.Ended != "max_time: 40m0s of training are over" {
		t.Errorf("the second attempt ended at step %d: %q, want step 4", a.step, a.history.Ended)
	}
}
