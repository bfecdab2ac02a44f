package runner

import (
	"context"
	"maps"
	"math"
	"time"
)

// advance is one step: an update, what is due to be measured behind it, the stop rules, and a checkpoint.
func (a *attempt) advance(ctx context.Context) error {
	step, started := a.step+1, time.Now()
	loss, norm, err := a.apply(a.ahead.Train(step), step)
	if f := faultOf(step, loss, norm, err); f != nil {
		return a.goBack(ctx, f)
	}
	took := time.Since(started)
	a.step, a.loss = step, loss
	if step == a.from+1 {
		a.began = time.Now() // the first step compiles
	}
	a.report("train")
	a.endBy(a.history.Divergence.see(a.Spec.Train.Stop.Divergence, loss))
	if step > a.recorded {
		a.endBy(spent(a.Spec.Train.Stop, int64(step)*int64(a.tokensPerStep()), a.trained()))
	}
	if err := a.measure(ctx); err != nil {
		return err
	}
	if a.due(a.Spec.Record.Metrics.Every) {
		err = a.record(map[string]float64{
			"train/loss": loss, "train/grad_norm": norm, "train/learning_rate": a.net.rate(step),
			"train/tokens_per_second": float64(a.tokensPerStep()) / took.Seconds(),
		})
	}
	if err == nil {
		err = a.keep(ctx)
	}
	a.recorded = max(a.recorded, step)
	return err
}

// endBy ends the run for the first reason that a rule gives.
func (a *attempt) endBy(reason string) {
	if a.history.Ended == "" && reason != "" {
		a.history.Ended = reason
		a.say("step %d is the last one: %s", a.step, reason)
	}
}

// record logs values of the current step, unless they were logged before a reload.
func (a *attempt) record(values map[string]float64) error {
	maps.Copy(a.measured, values)
	if a.step <= a.recorded {
		return nil
	}
	return a.Recorder.Log(int64(a.step), values)
}

// keep writes the checkpoint that is due at the current step: at an interval, at the end, or where the metric of
// train.checkpoint.best is at its best.
func (a *attempt) keep(ctx context.Context) error {
	rule := a.Spec.Train.Checkpoint
	improved := a.improved(rule.Best)
	if (improved || a.last() || a.due(rule.Every)) && a.step > a.recorded {
		return a.save(ctx)
	}
	return nil
}

// improved tells whether a metric was measured at the current step and is better than ever, and notes it.
func (a *attempt) improved(metric string) bool {
	value, ok := a.measured[metric]
	if !ok || math.IsNaN(value) || math.IsInf(value, 0) {
		return false
	}
	if was := a.history.Best; was != nil && !a.Spec.Compare.Better(metric, value, was.Value, 0) {
		return false
	}
	a.history.Best = &best{a.step, value}
	return true
}

// due tells whether something that happens every so many steps happens at the current one: at step 0, at multiples, and at
// the last step; never where every is 0.
func (a *attempt) due(every int) bool { return every > 0 && (a.step%every == 0 || a.last()) }

func (a *attempt) tokensPerStep() int {
	return a.Spec.Train.GlobalBatchSize * a.Spec.Train.SequenceLength
}
