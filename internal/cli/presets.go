package cli

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"inkstone/experiments"
	"inkstone/internal/thousands"
	"inkstone/runner/model"
)

// presetJSON is a preset for programs; its model has the fields of a spec, all resolved.
type presetJSON struct {
	Name       string            `json:"name"`
	Meaning    string            `json:"meaning"`
	Parameters int64             `json:"parameters"`
	Model      experiments.Model `json:"model"`
}

func (a *app) presets() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "presets",
		Short: "List the models that model.preset names, with their parameters and shapes",
		Long: `Presets lists published models and smaller siblings of them. A spec that names one as model.preset has its settings,
except those that the spec writes itself: the written ones hold. Parameters are counted with the preset's own vocabulary.`,
		Example: `  inkstone presets
  inkstone presets --json
  inkstone plan my.yaml --set model.preset=micro`,
		Args: exactArgs(),
		RunE: func(*cobra.Command, []string) error {
			list := []presetJSON{}
			for _, p := range experiments.Presets() {
				list = append(list, presetJSON{p.Name, p.Meaning, model.Count(p.Model, 0, 0), p.Model})
			}
			if asJSON {
				return writeJSON(a.stdout, list)
			}
			return writePresets(a.stdout, list)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "a list for programs")
	return c
}

func writePresets(out io.Writer, list []presetJSON) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "preset\tparameters\tlayers\twidth\theads\tgroups\thead\tMLP\tvocabulary\t  what")
	for _, p := range list {
		m := p.Model
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t  %s\n", p.Name, thousands.Int(p.Parameters), m.NumHiddenLayers, m.HiddenSize,
			m.NumAttentionHeads, m.NumKeyValueHeads, m.HeadDim, m.IntermediateSize, thousands.Int(m.VocabSize), p.Meaning)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print presets: %w", err)
	}
	return nil
}
