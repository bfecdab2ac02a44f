package runner

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"

	"inkstone/experiments"
	"inkstone/runner/generate"
	"inkstone/runner/model"
	"inkstone/runner/tokenizer"
	"inkstone/tracker"
)

// Prompted is a request to go on from a text or, with the objective infill, to fill in its masks.
func Prompted(objective experiments.Objective, t tokenizer.Tokenizer, text string) (generate.Request, error) {
	if objective.Kind == "infill" {
		return generate.Fill(t, text)
	}
	return generate.Continue(t, text)
}

// requests are what the spec's prompts ask for. They differ in their rows, which decide the draws.
func (a *attempt) requests() ([]generate.Request, error) {
	s, t := a.Spec.Record.Samples, a.Prepared.Tokenizer
	var list []generate.Request
	for i, prompt := range s.Prompts {
		r, err := Prompted(a.Spec.Objective, t, prompt)
		if err == nil {
			r.Row, r.MaxNewTokens = i, s.MaxNewTokens
			r.Sampling = generate.Sampling{Temperature: s.Temperature, TopK: s.TopK, TopP: s.TopP}
			err = r.Check(a.source.Length(), t.VocabSize())
		}
		if err != nil {
			return nil, fmt.Errorf("record.samples.prompts, number %d: %w", i+1, err)
		}
		list = append(list, r)
	}
	return list, nil
}

// sample records the texts that the model makes of the prompts at the current step. It reads the weights and changes nothing.
func (a *attempt) sample(ctx context.Context) error {
	a.report("sample")
	if err := a.loadGenerator(); err != nil {
		return err
	}
	requests, err := a.requests()
	if err != nil {
		return err
	}
	for i := range requests {
		requests[i].Sampling.Seed = a.Seed<<32 + int64(a.step)
	}
	results, err := a.generator.Generate(context.WithoutCancel(ctx), requests, nil)
	if err != nil {
		return fmt.Errorf("sample at step %d: %w", a.step, err)
	}
	s := a.Spec.Record.Samples
	settings, err := json.Marshal(map[string]any{"temperature": s.Temperature, "top_k": s.TopK, "top_p": s.TopP, "max_new_tokens": s.MaxNewTokens})
	if err != nil {
		return err
	}
	var texts []tracker.Text
	for i, r := range results {
		text := r.Text
		if len(r.Fills) > 0 {
			text = generate.Filled(s.Prompts[i], r.Fills)
		}
		texts = append(texts, tracker.Text{Name: fmt.Sprintf("prompt-%d", i), Step: int64(a.step), Time: a.now(), Prompt: s.Prompts[i], Output: text, Settings: settings})
	}
	return a.Recorder.Texts(ctx, texts)
}

// loadGenerator gives the decoder the weights as they are now. Its graphs are compiled once.
func (a *attempt) loadGenerator() error {
	if a.generator != nil {
		return a.generator.Reload()
	}
	var err error
	a.generator, err = generate.New(generate.Config{
		Backend: a.Backend.Compute, Model: a.Spec.Model, Values: a.net.floats, Context: a.source.Length(), Vocab: a.Prepared.Tokenizer.VocabSize(), Decoder: a.Prepared.Tokenizer,
	})
	return err
}

// floats copies a weight to the host.
func (n *network) floats(w model.Weight) ([]float32, error) {
	value, err := n.variable(weightScope, w.Name).Value()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", w.Name, err)
	}
	return tensors.CopyFlatData[float32](value)
}
