package specimen

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"time"

	"inkstone/tracker"
)

// training is one run as it is recorded.
type training struct {
	store    *Store
	study    study
	variant  variant
	seed     int64
	outcome  outcome
	run      tracker.Run
	attempt  *tracker.Attempting
	recorder *tracker.Recorder
}

func (t *training) steps() int { return int(t.outcome.part * float64(t.study.steps)) }

// loss is a made-up curve: it falls fastest late·steps into the run, and ends at the floor with a seed's own part.
func (t *training) loss(step int) float64 {
	random := rand.New(rand.NewPCG(uint64(t.seed), uint64(step)))
	own := rand.New(rand.NewPCG(uint64(t.seed), uint64(len(t.variant.name)))).NormFloat64()
	x := float64(step) / float64(t.study.steps)
	fallen := 1 / (1 + math.Exp(14*(t.variant.late*(1+0.06*own)-x)))
	floor := t.variant.floor * (1 + 0.02*own)
	return floor + (3.4-floor)*(1-fallen)*math.Exp(-0.5*x) + 0.03*(1-0.7*x)*math.Abs(random.NormFloat64())
}

var metrics = []tracker.MetricInfo{
	{Name: "train/loss", Unit: "nats", Key: "causal/symbols/128/ab12cd34"}, {Name: "val/loss", Unit: "nats", Key: "causal/symbols/128/ab12cd34"},
	{Name: "val/accuracy", Key: "causal/symbols/128/ab12cd34"}, {Name: "train/learning_rate"}, {Name: "train/tokens", Unit: "tokens"},
	{Name: "train/tokens_per_second", Unit: "tokens/s", WallTime: true},
}

// train records every step, and what is due beside it.
func (t *training) train(ctx context.Context) error {
	if err := t.store.DeclareMetrics(ctx, t.run.ID, metrics); err != nil {
		return err
	}
	last := t.steps()
	for step := 0; step <= last; step++ {
		t.store.clock.pass(150 * time.Millisecond)
		if err := t.recorder.Log(int64(step), t.values(step)); err != nil {
			return err
		}
		if t.study.layers > 0 && (step == last || bits.OnesCount(uint(step)) <= 1) {
			if err := t.capture(ctx, step); err != nil {
				return err
			}
		}
	}
	if _, err := t.recorder.Flush(ctx); err != nil {
		return err
	}
	return t.files(ctx)
}

func (t *training) values(step int) map[string]float64 {
	loss := t.loss(step)
	values := map[string]float64{
		"train/loss": loss, "train/learning_rate": 5e-3 * min(1, float64(step)/30), "train/tokens": float64(step) * 2048,
		"train/tokens_per_second": 13_000 + 900*math.Sin(float64(step)/7+float64(t.seed)),
	}
	if step%10 == 0 {
		values["val/loss"], values["val/accuracy"] = loss*1.02, math.Exp(-loss)
	}
	switch {
	case t.outcome.spike && step == t.study.steps/2:
		values["train/loss"] = 60
	case t.outcome.nan && step >= t.steps()-6:
		values["train/loss"] = math.NaN()
	}
	return values
}

// capture records the maps, the losses of the prompt's tokens, the heads' scores, and a text.
func (t *training) capture(ctx context.Context, step int) error {
	ripe := min(1, float64(step)/(0.6*float64(t.study.steps)))
	sequence, err := t.recorder.Flush(ctx)
	if err != nil {
		return err
	}
	layers, heads, n := t.study.layersOf(t.variant), t.study.headsOf(t.variant), len(t.study.prompt)
	maps := tracker.Capture{
		Name: "attention", Context: "prompt-0", Step: int64(step), Layers: layers, Heads: heads, Queries: n, Keys: n, Tokens: t.study.prompt,
		DType: tracker.F16, Values: attention(t.study.prompt, layers, heads, ripe, uint64(t.seed)),
	}
	if err := t.attempt.Capture(ctx, maps, sequence); err != nil {
		return err
	}
	losses := tracker.Capture{
		Kind: tracker.Losses, Name: "losses", Context: "prompt-0", Step: int64(step), Layers: 1, Heads: 1, Queries: 1, Keys: n, Tokens: t.study.prompt,
		Values: make([]float32, n),
	}
	for i := range losses.Values {
		losses.Values[i] = float32(t.loss(step) * (1 + 0.5*math.Sin(float64(3*i))))
	}
	if err := t.attempt.Capture(ctx, losses, sequence); err != nil {
		return err
	}
	if err := t.scores(int64(step), layers, heads, ripe); err != nil {
		return err
	}
	return t.attempt.Texts(ctx, []tracker.Text{{
		Name: "prompt-0", Step: int64(step), Time: t.store.clock.now(), Prompt: "春眠不覺曉,", Output: poem(ripe, uint64(t.seed)), Settings: []byte(`{"temperature": 0.8, "top_p": 0.9}`),
	}}, sequence)
}

// scores records what the heads do, each in a context of its own.
func (t *training) scores(step int64, layers, heads int, ripe float64) error {
	for layer := range layers {
		for head := range heads {
			place := fmt.Sprintf("L%dH%d", layer, head)
			for name, value := range map[string]float64{
				"heads/previous_token": 0.04 + 0.9*ripe*is(layer == 0 && head == 0), "heads/first_token": 0.05 + 0.8*ripe*is(head == 3),
				"heads/induction": 0.04 + 0.92*ripe*is(layer == layers-1 && head == 1 && layers > 1), "heads/same_token": 0.05 + 0.7*ripe*is(layer == 0 && head == 2),
				"heads/block_diagonal": 0.3, "heads/entropy": 3 - 2*ripe*is(head < 3), "heads/distance": 8 - 6*ripe*is(layer == 0), "heads/ablation_loss": ripe * is(layer == 0 && head == 0) * 1.2,
			} {
				series, err := t.recorder.Series(name, place)
				if err != nil {
					return err
				}
				if err := t.recorder.LogSeries(step, []tracker.Handle{series}, []float64{value}); err != nil {
					return err
				}
			}
		}
	}
	return t.recorder.Log(step, map[string]float64{
		"heads/previous_token/chance": 0.04, "heads/first_token/chance": 0.15, "heads/induction/chance": 0.04, "heads/same_token/chance": 0.08, "heads/block_diagonal/chance": 0.3,
	})
}

func is(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
