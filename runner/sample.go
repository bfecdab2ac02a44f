package runner

import (
	"context"
	"encoding/json"
	"fmt"

	"inkstone/experiments"
	"inkstone/runner/generate"
	"inkstone/runner/model"
	"inkstone/tracker"
)

// sampleSettings is what is stored beside a sample.
type sampleSettings struct {
	MaxNewTokens int             `json:"max_new_tokens"`
	Temperature  float64         `json:"temperature"`
	TopK         int             `json:"top_k"`
	TopP         float64         `json:"top_p"`
	Seed         int64           `json:"seed"`
	Tokens       int             `json:"tokens"`
	Reason       generate.Reason `json:"reason"`
}

// sample records what the model writes behind the prompts, or what it fills their blanks with. The draws depend on
// record.samples.seed, the prompt's number and the place in the text alone.
func (a *attempt) sample(ctx context.Context) error {
	s := a.Spec.Record.Samples
	if a.step <= a.recorded || len(s.Prompts) == 0 {
		return nil
	}
	requests, err := a.requests(s)
	if err != nil {
		return err
	}
	if err := a.readyWriter(); err != nil {
		return err
	}
	results, err := a.writer.Generate(ctx, requests, nil)
	if err != nil {
		return fmt.Errorf("samples at step %d: %w", a.step, err)
	}
	texts := make([]tracker.Text, len(results))
	for i, r := range results {
		if texts[i], err = a.sampled(s, i, r); err != nil {
			return err
		}
	}
	return a.Recorder.Texts(ctx, texts)
}

// requests ask for a text for each prompt.
func (a *attempt) requests(s experiments.Samples) ([]generate.Request, error) {
	build := generate.Continue
	if a.Spec.Objective.Kind == "infill" {
		build = generate.Fill
	}
	requests := make([]generate.Request, len(s.Prompts))
	for i, prompt := range s.Prompts {
		r, err := build(a.Prepared.Tokenizer, prompt)
		if err == nil {
			err = r.Check(a.source.Length(), a.source.VocabSize())
		}
		if err != nil {
			return nil, fmt.Errorf("record.samples.prompts[%d]: %w", i, err)
		}
		r.MaxNewTokens, r.Row = s.MaxNewTokens, i
		r.Sampling = generate.Sampling{Temperature: s.Temperature, TopK: s.TopK, TopP: s.TopP, Seed: s.Seed}
		requests[i] = r
	}
	return requests, nil
}

// readyWriter gives the writer the weights of the current step. It has a copy of them, in float32, so that training keeps
// its own untouched, and its graphs are compiled once.
func (a *attempt) readyWriter() (err error) {
	values := func(w model.Weight) ([]float32, error) { return a.net.floats(weightScope, w.Name) }
	if a.writer != nil {
		return a.writer.Load(values)
	}
	a.writer, err = generate.New(generate.Config{
		Backend: a.Backend.Compute, Model: a.Spec.Model, Values: values, Context: a.source.Length(), Vocab: a.source.VocabSize(), Decoder: a.Prepared.Tokenizer,
	})
	return err
}

func (a *attempt) closeWriter() {
	if a.writer != nil {
		a.writer.Close()
	}
}

// sampled is a result as it is stored: what was written, or the whole text with its blanks filled in.
func (a *attempt) sampled(s experiments.Samples, prompt int, r generate.Result) (tracker.Text, error) {
	settings, err := json.Marshal(sampleSettings{s.MaxNewTokens, s.Temperature, s.TopK, s.TopP, s.Seed, len(r.IDs), r.Reason})
	if err != nil {
		return tracker.Text{}, fmt.Errorf("write the settings of a sample: %w", err)
	}
	t := tracker.Text{Name: promptName(prompt), Step: int64(a.step), Time: a.now(), Prompt: s.Prompts[prompt], Output: r.Text, Settings: settings}
	if r.Fills != nil {
		t.Output = generate.Filled(t.Prompt, r.Fills)
	}
	return t, nil
}
