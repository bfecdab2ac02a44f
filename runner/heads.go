package runner

import (
	"math"

	"inkstone/runner/objective"
	"inkstone/tracker"
	"inkstone/tracker/heads"
)

// headChance is the chance level of induction and previous token, which is one.
const headChance = "heads/chance"

// scoreHeads records what every head does on the fixed probe, each in a context of its own, and beside that the best head of
// each layer and of all.
func (a *attempt) scoreHeads() error {
	seen, err := a.net.look(a.probe.Batch)
	if err != nil {
		return err
	}
	m := a.Spec.Model
	scores := a.probe.Score(seen.attention, m.NumHiddenLayers, m.NumAttentionHeads)
	if err := a.record(bestHeads(scores)); err != nil {
		return err
	}
	for _, measure := range heads.Measures() {
		if math.IsNaN(scores.Chance[measure]) {
			continue // the probe is too short for it
		}
		values := make([]float64, len(scores.Values))
		for i, head := range scores.Values {
			values[i] = head[measure]
		}
		if err := a.recordHeads(measure.Metric(), values); err != nil {
			return err
		}
	}
	return nil
}

// bestHeads are the scores of the best heads, and the levels of chance.
func bestHeads(scores objective.HeadScores) map[string]float64 {
	values := map[string]float64{headChance: scores.Chance[heads.PreviousToken]}
	for _, m := range heads.Measures() {
		if chance := scores.Chance[m]; !math.IsNaN(chance) {
			values[m.ChanceMetric()] = chance
		}
	}
	for _, m := range heads.Roles() {
		if math.IsNaN(scores.Chance[m]) {
			continue
		}
		for layer := range scores.Layers {
			best := scores.Best(m, layer)
			values[m.LayerMetric(layer)] = best
			values[m.Metric()] = max(values[m.Metric()], best)
		}
	}
	return values
}

// recordHeads logs a value of each head, [layers, heads], at the current step, unless they were logged before a reload.
func (a *attempt) recordHeads(metric string, values []float64) error {
	if a.step <= a.recorded {
		return nil
	}
	series := make([]tracker.Handle, len(values))
	for i := range values {
		layer, head := i/a.Spec.Model.NumAttentionHeads, i%a.Spec.Model.NumAttentionHeads
		var err error
		if series[i], err = a.Recorder.Series(metric, heads.Context(layer, head)); err != nil {
			return err
		}
	}
	return a.Recorder.LogSeries(int64(a.step), series, values)
}
