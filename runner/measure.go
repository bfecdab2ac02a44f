package runner

import (
	"context"
	"fmt"
	"math"
	"math/bits"

	"inkstone/tracker"
)

// measure records what is due at the current step, beside the update's own metrics. A run that is asked to stop meanwhile
// still records all of it, so that it can go on behind the step.
func (a *attempt) measure(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
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
	if captures(record.HeadAblation.At, a.step, a.last()) {
		if err := a.ablateHeads(); err != nil {
			return err
		}
	}
	if captures(record.Attention.At, a.step, a.last()) && a.step > a.recorded {
		if err := a.captureAttention(ctx); err != nil {
			return err
		}
	}
	if samples := record.Samples; captures(samples.At, a.step, a.last()) || a.due(samples.Every) {
		return a.sample(ctx)
	}
	return nil
}

// captures tells whether something that happens at such steps happens at one: "log" means 0, the powers of two, and the last.
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

// promptName tells the captures and the samples of one step apart.
func promptName(i int) string { return fmt.Sprintf("prompt-%d", i) }

// captureAttention records the maps of the prompts, all layers and heads, and the losses of their tokens where the model is
// causal.
func (a *attempt) captureAttention(ctx context.Context) error {
	m := a.Spec.Model
	for i, prompt := range a.Spec.Record.Attention.Prompts {
		batch, tokens, err := a.source.Prompt(prompt)
		if err != nil {
			return err
		}
		seen, err := a.net.look(batch)
		if err != nil {
			return err
		}
		maps := tracker.Capture{
			Name: "attention", Context: promptName(i), Step: int64(a.step), Layers: m.NumHiddenLayers, Heads: m.NumAttentionHeads,
			Queries: batch.Length, Keys: batch.Length, Tokens: tokens, DType: tracker.F32, Values: seen.attention,
		}
		if err := a.Recorder.Capture(ctx, maps); err != nil {
			return err
		}
		if seen.losses == nil {
			continue
		}
		if err := a.Recorder.Capture(ctx, lossCapture(maps, seen.losses)); err != nil {
			return err
		}
	}
	return nil
}
