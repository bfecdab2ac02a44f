package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"inkstone/experiments"
	"inkstone/runner"
	"inkstone/runner/pretrained"
	"inkstone/runner/weights"
	"inkstone/tracker"
)

func (a *app) weights() *cobra.Command {
	c := &cobra.Command{
		Use:   "weights",
		Short: "Look into weights, and convert them between the forms in which models are published",
		Long: `Weights reads safetensors files: those of runs, and those of published models in each of the family's forms:

  glm, glm4     transformers' own, of GLM-4-9B, GLM-Edge, GLM-4-0414
  chatglm       the remote code of ChatGLM2, ChatGLM3, GLM-4
  chatglm-6b    the remote code of ChatGLM-6B
  glm-original  GLM of 2021
  bert          transformers' own`,
		Example: `  inkstone weights show glm-4-9b-chat
  inkstone weights convert glm-4-9b-chat converted --as glm`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.showWeights(), a.convertWeights())
	return c
}

func (a *app) showWeights() *cobra.Command {
	var asJSON, tensors, verify bool
	var layout string
	c := &cobra.Command{
		Use:   "show PATH|RUN",
		Short: "Show a model's form, shape, parameters and contradictions, without reading it",
		Long: `Show opens the folder of a published model, a safetensors file, or a run's newest checkpoint. A model of any size opens at once:
only its headers are read, unless --verify compares the checksums of files that Inkstone wrote. What the files contradict is
listed as warnings.`,
		Example: `  inkstone weights show glm-4-9b-chat
  inkstone weights show demo/baseline/1 --tensors
  inkstone weights show model.safetensors --json`,
		Args: exactArgs("PATH or RUN"),
		RunE: func(c *cobra.Command, args []string) error {
			shown, err := a.lookInto(c.Context(), args[0], pretrained.Options{Layout: pretrained.Layout(layout)}, verify)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.stdout, shown)
			}
			return a.printWeights(shown, tensors)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "an object for programs")
	c.Flags().BoolVar(&tensors, "tensors", false, "also every tensor")
	c.Flags().BoolVar(&verify, "verify", false, "read everything and compare the checksums of files that have one")
	layoutFlag(c, &layout)
	return a.withStore(c)
}

func layoutFlag(c *cobra.Command, layout *string) {
	c.Flags().StringVar(layout, "qkv", "", "for chatglm-6b: how its fused projection is stored, per-head (as published) or contiguous (as other toolkits do)")
}

// shownWeights is what show tells.
type shownWeights struct {
	Path       string                  `json:"path"`
	Dialect    pretrained.Dialect      `json:"dialect"` // empty for a file without a configuration
	Files      int                     `json:"files"`
	Bytes      int64                   `json:"bytes"`
	Tensors    []shownTensor           `json:"tensors"`
	Parameters int64                   `json:"parameters"`
	DTypes     map[weights.DType]int64 `json:"dtypes"` // values by type
	Model      *experiments.Model      `json:"model,omitempty"`
	Positions  int                     `json:"positions,omitempty"`
	EOS        []int                   `json:"eos,omitempty"`
	Heads      []string                `json:"heads,omitempty"`
	Dropped    []string                `json:"dropped,omitempty"`
	LeftOut    []string                `json:"left_out,omitempty"`
	Metadata   map[string]string       `json:"metadata,omitempty"`
	Warnings   []string                `json:"warnings,omitempty"`
}

type shownTensor struct {
	Name  string        `json:"name"`
	DType weights.DType `json:"dtype"`
	Shape []int         `json:"shape"`
}

// lookInto opens what a path or a run's name stands for, and describes it.
func (a *app) lookInto(ctx context.Context, ref string, o pretrained.Options, verify bool) (shownWeights, error) {
	if _, err := os.Stat(ref); err == nil && !isModel(ref) {
		return lookIntoFiles(ref, verify)
	}
	model, err := a.openModel(ctx, ref, o)
	if err != nil {
		return shownWeights{}, err
	}
	defer model.Close()
	if verify {
		if err := model.Archive.Verify(); err != nil {
			return shownWeights{}, err
		}
	}
	shown := describeArchive(model.Archive)
	shown.Dialect, shown.Model, shown.Positions, shown.EOS = model.Dialect, &model.Model, model.Positions, model.EOS
	shown.Heads, shown.Dropped, shown.LeftOut, shown.Warnings = model.Heads, model.Dropped, model.LeftOut, model.Warnings
	shown.DTypes = model.Types()
	for _, w := range model.Parameters {
		shown.Parameters += w.Size()
	}
	return shown, nil
}

// lookIntoFiles describes weights without a configuration.
func lookIntoFiles(path string, verify bool) (shownWeights, error) {
	archive, err := weights.Open(path)
	if err != nil {
		return shownWeights{}, err
	}
	defer archive.Close()
	if verify {
		if err := archive.Verify(); err != nil {
			return shownWeights{}, err
		}
	}
	shown := describeArchive(archive)
	for _, t := range shown.Tensors {
		n := int64(weights.Tensor{Shape: t.Shape}.Size())
		shown.Parameters += n
		shown.DTypes[t.DType] += n
	}
	return shown, nil
}

func describeArchive(archive *weights.Archive) shownWeights {
	shown := shownWeights{Path: archive.Place(), Files: len(archive.Files), Bytes: archive.Size(), Metadata: archive.Metadata, DTypes: map[weights.DType]int64{}}
	for _, name := range archive.Names() {
		t, _ := archive.Tensor(name)
		shown.Tensors = append(shown.Tensors, shownTensor{name, t.DType, t.Shape})
	}
	return shown
}

// isModel tells whether a path is a folder with a configuration.
func isModel(path string) bool {
	_, err := os.Stat(filepath.Join(path, "config.json"))
	return err == nil
}

// openModel opens the folder of a published model, or a run's newest checkpoint.
func (a *app) openModel(ctx context.Context, ref string, o pretrained.Options) (*pretrained.Checkpoint, error) {
	if info, err := os.Stat(ref); err == nil {
		if !info.IsDir() {
			return nil, usagef("%q is a file; a model is a folder with its config.json, or a run", ref)
		}
		return pretrained.Open(ref, o)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if _, err := os.Stat(a.storeDir); errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("there is no file or folder %q, and no store at %q in which it could be a run", ref, a.storeDir)
	}
	var model *pretrained.Checkpoint
	err := a.withRun(ctx, ref, func(store *tracker.Store, run tracker.Run) (err error) {
		model, err = openRun(store, run)
		return err
	})
	if errors.Is(err, tracker.ErrNotFound) {
		err = usagef("there is no file or folder %q, nor such a run in the store at %q: %w", ref, a.storeDir, err)
	}
	return model, err
}

func openRun(store *tracker.Store, run tracker.Run) (*pretrained.Checkpoint, error) {
	var spec experiments.Spec
	if err := json.Unmarshal(run.Spec, &spec); err != nil {
		return nil, fmt.Errorf("read the spec of run %s: %w", run.ID, err)
	}
	checkpoint, err := runner.LatestCheckpoint(store.CheckpointDir(run.ID))
	if err != nil {
		return nil, err
	}
	if checkpoint == nil {
		return nil, fmt.Errorf("run %s has no checkpoint yet; `inkstone run` writes the first after train.checkpoint.every steps", run.ID)
	}
	return pretrained.OpenRun(checkpoint.Path, spec)
}

func (a *app) printWeights(s shownWeights, tensors bool) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%s\t"+format+"\n", append([]any{name}, args...)...)
	}
	row("path", "%s", s.Path)
	row("form", "%s", cmp.Or(string(s.Dialect), "safetensors without a config.json"))
	row("stored", "%s in %s, %s", plural(len(s.Tensors), "tensor"), plural(s.Files, "file"), size(s.Bytes))
	row("parameters", "%s (%s)", thousands(s.Parameters), typeNames(s.DTypes))
	if s.Positions > 0 {
		row("positions", "%s", thousands(int64(s.Positions)))
	}
	if len(s.EOS) > 0 {
		row("end tokens", "%s", strings.Trim(fmt.Sprint(s.EOS), "[]"))
	}
	for _, list := range []struct {
		name  string
		items []string
	}{{"heads", s.Heads}, {"dropped", s.Dropped}, {"left out", s.LeftOut}} {
		if n := len(list.items); n > 3 && !tensors {
			row(list.name, "%s … and %d more", strings.Join(list.items[:3], ", "), n-3)
		} else if n > 0 {
			row(list.name, "%s", strings.Join(list.items, ", "))
		}
	}
	if s.Model != nil {
		fmt.Fprintln(w)
		if err := printSettings(row, *s.Model); err != nil {
			return err
		}
	}
	if tensors {
		fmt.Fprintln(w)
		for _, t := range s.Tensors {
			row(t.Name, "%s %v", t.DType, t.Shape)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print weights: %w", err)
	}
	a.warnAll(s.Warnings)
	return nil
}

func typeNames(values map[weights.DType]int64) string {
	var names []string
	for _, d := range slices.Sorted(maps.Keys(values)) {
		names = append(names, string(d))
	}
	return strings.Join(names, ", ")
}

// printSettings prints a model as a spec has it.
func printSettings(row func(name, format string, args ...any), model experiments.Model) error {
	text, err := json.Marshal(struct {
		Model experiments.Model `json:"model"`
	}{model})
	if err != nil {
		return fmt.Errorf("print the model: %w", err)
	}
	params, err := tracker.Params(text)
	if err != nil {
		return fmt.Errorf("print the model: %w", err)
	}
	for _, p := range params {
		if p.Text != "" {
			row(p.Name, "%s", p.Text)
		}
	}
	return nil
}

func (a *app) warnAll(warnings []string) {
	for _, text := range warnings {
		fmt.Fprintln(a.stderr, "warning: "+text)
	}
}
