package runner

import (
	"context"
	"fmt"
	"math"
	"math/bits"

	"inkstone/tracker"
	"inkstone/tracker/heads"
)

// measure records what is due at the current step, beside the update's own metrics.
func (a *attempt) measure(ctx context.Context) error {
	record, stop := a.Spec.Record, a.Spec.Train.Stop.Plateau
	a.measured = map[string]float64{}
	if a.due(record.Metrics.Every) || a.due(record.Validation.Every) {
		// An axis on which variants of other batches and lengths compare: positions trained on, padding included.
		if err := a.record(map[string]float64{"train/tokens": float64(a.step) * float64(a.tokensPerStep())}); err != nil {
			return err
		}
	}
	if a.due(record.Validation.Every) || a.due(stop.Every) {
		if err := a.validate(); err != nil {
			return err
		}
		if value, ok := a.measured[stop.Metric]; ok && a.step > 0 && a.due(stop.Every) {
			a.endBy(a.history.Plateau.see(stop, a.step, value))
		}
	}
	if a.due(record.HeadScores.Every) {
		if err := a.scoreHeads(); err != nil {
			return err
		}
	}
	if captures(record.HeadAblation.At, a.step, a.last()) && a.step > a.recorded {
		if err := a.ablateHeads(); err != nil {
			return err
		}
	}
	if captures(record.Samples.At, a.step, a.last()) && a.step > a.recorded {
		if err := a.sample(ctx); err != nil {
			return err
		}
	}
	if captures(record.Attention.At, a.step, a.last()) && a.step > a.recorded {
		return a.captureAttention(ctx)
	}
	return nil
}

// captures tells whether attention is captured at a step: "log" means 0, the powers of two, and the last.
func captures(at string, step int, last bool) bool {
	switch at {
	case "log":
		return last || bits.OnesCount(uint(step)) <= 1
	case "end":
		return last
	}
	return false
}

// validate averages over the fixed validation batches, weighted by their targets.
func (a *attempt) validate() error {
	a.report("validate")
	var loss, correct, weight float64
	var bytes int64
	for i := range a.source.Validations() {
		b := a.source.Validation(i)
		for _, rows := range a.net.microBatches(b) {
			out, err := a.net.validate.Exec(rows...)
			if err != nil {
				return fmt.Errorf("validate at step %d: %w", a.step, err)
			}
			loss, correct, weight = loss+scalar(out[0]), correct+scalar(out[1]), weight+scalar(out[2])
		}
		bytes += b.Bytes
	}
	if weight == 0 {
		return fmt.Errorf("validate at step %d: no target counts in %d batches; raise data.validation.batches or data.validation.share", a.step, a.source.Validations())
	}
	values := map[string]float64{"val/loss": loss / weight, "val/accuracy": correct / weight}
	if a.Spec.Objective.Kind == "causal" && bytes > 0 {
		values["val/bits_per_byte"] = loss / float64(bytes) / math.Ln2
	}
	return a.record(values)
}

// scoreHeads records what every head does on the fixed probe, the best head of each role per layer and over all layers, and
// what uniform attention would score.
func (a *attempt) scoreHeads() error {
	attention, err := a.net.probabilities(a.probe.Batch)
	if err != nil {
		return err
	}
	m := a.Spec.Model
	scores := a.probe.Score(attention, m.NumHiddenLayers, m.NumAttentionHeads, m.Family == "bert")
	values := map[string]float64{"heads/chance": scores.Chance[heads.Induction]}
	for _, role := range heads.Roles() {
		values[role.ChanceMetric()] = scores.Chance[role]
		for layer := range m.NumHiddenLayers {
			best := scores.Best(role, layer)
			values[role.LayerMetric(layer)] = best
			values[role.Metric()] = max(values[role.Metric()], best)
		}
	}
	if err := a.record(values); err != nil {
		return err
	}
	for i, of := range scores.Values {
		values := map[string]float64{}
		for _, measure := range recordedMeasures {
			values[measure.Metric()] = of[measure]
		}
		if err := a.recordHead(i/scores.Heads, i%scores.Heads, values); err != nil {
			return err
		}
	}
	return nil
}

// recordedMeasures are those of every head that are recorded.
var recordedMeasures = append(heads.Roles(), heads.Entropy, heads.Distance)

// recordHead logs values of one head at the current step, in a context of its own, unless they were logged before a reload.
func (a *attempt) recordHead(layer, head int, values map[string]float64) error {
	if a.step <= a.recorded {
		return nil
	}
	return a.Recorder.LogContext(int64(a.step), heads.Context(layer, head), values)
}

// captureAttention records the maps of the prompts, all layers and heads, and the losses of their tokens.
func (a *attempt) captureAttention(ctx context.Context) error {
	m := a.Spec.Model
	for i, prompt := range a.Spec.Record.Attention.Prompts {
		batch, tokens, err := a.source.Prompt(prompt)
		if err != nil {
			return err
		}
		values, err := a.net.probabilities(batch)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("prompt-%d", i)
		err = a.Recorder.Capture(ctx, tracker.Capture{
			Name: "attention", Context: name, Step: int64(a.step), Layers: m.NumHiddenLayers, Heads: m.NumAttentionHeads,
			Queries: batch.Length, Keys: batch.Length, Tokens: tokens, DType: "f32", Values: values,
		})
		if err == nil {
			err = a.captureLosses(ctx, batch, tokens, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
