package server

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"inkstone/tracker"
)

// samplesData is the page of what models wrote: the same prompt over the steps of a run, or over variants at a step.
type samplesData struct {
	// Experiment or Chosen select the runs.
	Experiment string   `json:"experiment,omitempty"`
	Chosen     []string `json:"run,omitempty"`
	// By is "steps" or "variants", what stands side by side. Steps are those that were asked for, Variants and Seed choose runs.
	By       string   `json:"by"`
	Steps    []int64  `json:"steps"`
	Variants []string `json:"variants"`
	Seed     int64    `json:"seed"`
	Prompt   string   `json:"prompt,omitempty"` // alone; "" is all
	Mistake  string   `json:"mistake,omitempty"`
	// There are these to choose from.
	AllPrompts  []string `json:"all_prompts"`
	AllVariants []string `json:"all_variants"`
	AllSeeds    []int64  `json:"all_seeds"`
	AllSteps    []int64  `json:"all_steps"`
	// Prompts are what is shown.
	Prompts []promptData `json:"prompts"`
	Version int64        `json:"version"`

	Head        *runHead `json:"-"` // of a run whose samples alone are shown
	Experiments []string `json:"-"` // where nothing is selected
	texts       []runTexts
}

// runTexts are the texts of a run.
type runTexts struct {
	run   tracker.Run
	texts []tracker.Text
}

// mostTexts bounds the runs whose texts are read.
const mostTexts = 200

// samples answers GET /samples.
func (s *Server) samples(r *http.Request) (view, error) {
	d := samplesData{
		Experiment: r.FormValue("experiment"), Chosen: r.Form["run"], By: r.FormValue("by"), Variants: append([]string{}, r.Form["variant"]...), Prompt: r.FormValue("prompt"),
		Steps: []int64{}, AllPrompts: []string{}, AllVariants: []string{}, AllSeeds: []int64{}, AllSteps: []int64{}, Prompts: []promptData{},
	}
	var err error
	if d.Version, err = s.Store.Version(r.Context()); err != nil {
		return view{}, err
	}
	if d.Experiment == "" && len(d.Chosen) == 0 {
		d.Experiments, err = s.Store.ExperimentNames(r.Context())
		return view{"samples", "Samples", d}, err
	}
	runs, err := s.sampledRuns(r.Context(), &d)
	if err != nil {
		return view{}, err
	}
	if len(d.Chosen) == 1 {
		head, err := s.headOf(r, runs[0].ID, "samples")
		if err != nil {
			return view{}, err
		}
		d.Head = &head
	}
	if err := s.readTexts(r.Context(), &d, runs); err != nil {
		return view{}, err
	}
	d.choose(r)
	d.arrange()
	return view{"samples", "Samples of " + d.Of(), d}, nil
}

// sampledRuns are the runs of the address: the given ones, or those of the trials of an experiment's plan.
func (s *Server) sampledRuns(ctx context.Context, d *samplesData) (runs []tracker.Run, err error) {
	if len(d.Chosen) == 0 {
		plan, err := s.Store.Plan(ctx, d.Experiment)
		for _, t := range plan.Trials {
			if t.Run != nil {
				runs = append(runs, *t.Run)
			}
		}
		return runs, err
	}
	for _, id := range d.Chosen {
		run, err := s.Store.Run(ctx, id)
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	d.Experiment = runs[0].Experiment
	return runs, nil
}

// readTexts reads what the runs wrote, and lists what there is to choose from.
func (s *Server) readTexts(ctx context.Context, d *samplesData, runs []tracker.Run) error {
	for _, run := range runs[:min(len(runs), mostTexts)] {
		texts, err := s.Store.Texts(ctx, run.ID)
		if err != nil {
			return err
		}
		if len(texts) == 0 {
			continue
		}
		d.texts = append(d.texts, runTexts{run, texts})
		d.AllVariants = with(d.AllVariants, run.Variant)
		d.AllSeeds = with(d.AllSeeds, run.Seed)
		for _, text := range texts {
			d.AllPrompts, d.AllSteps = with(d.AllPrompts, text.Name), with(d.AllSteps, text.Step)
		}
	}
	slices.Sort(d.AllPrompts)
	slices.Sort(d.AllSeeds)
	slices.Sort(d.AllSteps)
	return nil
}

// with appends what is not there yet.
func with[T comparable](list []T, item T) []T {
	if slices.Contains(list, item) {
		return list
	}
	return append(list, item)
}

// choose fills in what the address leaves open: several variants are shown side by side at the last step, one over the steps.
func (d *samplesData) choose(r *http.Request) {
	if d.By != "steps" && d.By != "variants" {
		d.By = "steps"
		if len(d.texts) > 1 {
			d.By = "variants"
		}
	}
	if !slices.Contains(d.AllPrompts, d.Prompt) {
		d.Prompt = ""
	}
	d.Variants = slices.DeleteFunc(d.Variants, func(v string) bool { return !slices.Contains(d.AllVariants, v) })
	if seed, err := strconv.ParseInt(r.FormValue("seed"), 10, 64); err == nil && slices.Contains(d.AllSeeds, seed) {
		d.Seed = seed
	} else if len(d.AllSeeds) > 0 {
		d.Seed = d.AllSeeds[0]
	}
	for word := range strings.FieldsFuncSeq(r.FormValue("steps"), func(c rune) bool { return c == ',' || c == ' ' || c == ';' }) {
		step, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			d.Mistake = fmt.Sprintf("steps: %.40q is no whole number; write steps as 0, 100, 300", word)
			continue
		}
		d.Steps = append(d.Steps, step)
	}
}

// Of says what the samples are of.
func (d samplesData) Of() string {
	switch {
	case d.Head != nil:
		return d.Head.Name()
	case len(d.Chosen) > 1:
		return fmt.Sprintf("%d runs", len(d.Chosen))
	}
	return d.Experiment
}

// HasVariant tells whether a variant is chosen; without a choice all are.
func (d samplesData) HasVariant(name string) bool {
	return len(d.Variants) == 0 || slices.Contains(d.Variants, name)
}

// StepsText is the field of the form.
func (d samplesData) StepsText() string {
	words := make([]string, len(d.Steps))
	for i, step := range d.Steps {
		words[i] = strconv.FormatInt(step, 10)
	}
	return strings.Join(words, ", ")
}
