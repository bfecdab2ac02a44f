package cli

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"inkstone/experiments"
	"inkstone/runner/pretrained"
	"inkstone/runner/weights"
)

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
