package generate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/compute"

	"inkstone/experiments"
	"inkstone/runner/model"
)

// Config is a trained model and what its ids mean.
type Config struct {
	Backend compute.Backend
	Model   experiments.Model
	// Values gives a parameter's values, row-major; pretrained.Checkpoint.Floats is one.
	Values func(model.Weight) ([]float32, error)
	// Context is how many tokens the model takes in, prompt and generated ones together.
	Context int
	// Vocab is how many ids the tokenizer has; those beyond, which pad the embedding, are never generated.
	Vocab   int
	Decoder Decoder
}

// Generator decodes with one model. It is not safe for concurrent use.
type Generator struct {
	Config
	device *device
}

// New puts a model on its backend. Graphs are compiled when they are first needed.
func New(c Config) (g *Generator, err error) {
	defer recovered(&err)
	if c.Model.Family == "bert" {
		return nil, errors.New("a model of the family bert is an encoder and generates no text; use one of the family glm")
	}
	d, err := newDevice(c)
	if err != nil {
		return nil, fmt.Errorf("generate: %w", err)
	}
	return &Generator{c, d}, nil
}

// Reload reads the model's values again: those of a model that is trained meanwhile.
func (g *Generator) Reload() error {
	if err := g.device.load(g.Config); err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	return nil
}

// recovered turns panics of graph building into errors.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("generate: %v", p)
	}
}

// Close gives the cache's memory back.
func (g *Generator) Close() { g.device.release() }

// Generate decodes all requests in one batch and tells emit, which may be nil, each token. When ctx ends, the results hold
// what was generated up to then, and the error is the cause.
func (g *Generator) Generate(ctx context.Context, requests []Request, emit func(Event)) (results []Result, err error) {
	defer recovered(&err)
	if len(requests) == 0 {
		return nil, nil
	}
	if emit == nil {
		emit = func(Event) {}
	}
	rows := make([]*row, len(requests))
	for i, r := range requests {
		if err := r.Check(g.Context, g.Vocab); err != nil {
			return nil, fmt.Errorf("generate: request %d: %w", i, err)
		}
		rows[i] = newRow(r, i, g.Context, g.Decoder)
	}
	err = g.run(ctx, rows, emit)
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("generate: %w", err)
	}
	for _, r := range rows {
		results = append(results, r.finish())
	}
	return results, err
}

// run decodes until every row has ended. Rows that ended early go along: their tokens are not looked at.
func (g *Generator) run(ctx context.Context, rows []*row, emit func(Event)) error {
	logits, err := g.device.prefill(layOut(rows))
	if err != nil {
		return err
	}
	if err := choose(rows, logits, emit); err != nil {
		return err
	}
	for !all(rows, (*row).done) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if g.device.loops() && all(rows, (*row).greedy) {
			err = g.loop(rows, emit)
		} else if logits, err = g.device.step(inputs(rows)); err == nil {
			err = choose(rows, logits, emit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// loop decodes several tokens in one call.
func (g *Generator) loop(rows []*row, emit func(Event)) error {
	advance, count := make([]input, len(rows)), 1
	for i, r := range rows {
		advance[i] = r.advance()
		if !r.done() {
			count = max(count, min(loopSteps, r.left()))
		}
	}
	ids, logProbs, err := g.device.steps(inputs(rows), advance, count)
	if err != nil {
		return err
	}
	for k := range count {
		for i, r := range rows {
			if !r.done() {
				emit(r.accept(ids[i*loopSteps+k], float64(logProbs[i*loopSteps+k])))
			}
		}
	}
	return nil
}

// choose samples a token for every row that goes on, from logits [B,V].
func choose(rows []*row, logits []float32, emit func(Event)) error {
	v := len(logits) / len(rows)
	for i, r := range rows {
		if r.done() {
			continue
		}
		e, err := r.choose(logits[i*v : (i+1)*v])
		if err != nil {
			return err
		}
		emit(e)
	}
	return nil
}

func inputs(rows []*row) []input {
	next := make([]input, len(rows))
	for i, r := range rows {
		next[i] = r.next
	}
	return next
}

func all(rows []*row, is func(*row) bool) bool {
	return !slices.ContainsFunc(rows, func(r *row) bool { return !is(r) })
}
