package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"inkstone/tracker"
	"inkstone/viz"
)

func (a *app) plot() *cobra.Command {
	var metric, output string
	var difference bool
	c := &cobra.Command{
		Use:   "plot EXPERIMENT|RUN",
		Short: "Draw a metric's curves to a file",
		Long: `Plot draws an experiment's curves (a band over seeds for each variant) or a run's curve. The file's ending chooses the
format: .svg, .pdf or .png. The same store gives the same bytes.`,
		Example: `  inkstone plot demo --metric val/loss -o loss.svg
  inkstone plot demo --metric val/loss --difference -o difference.pdf
  inkstone plot demo/baseline/1 --metric train/loss -o run.png`,
		Args: exactArgs("EXPERIMENT or RUN"),
		RunE: func(c *cobra.Command, args []string) error {
			format := strings.TrimPrefix(filepath.Ext(output), ".")
			if format != "svg" && format != "pdf" && format != "png" {
				return usagef("-o %q: want a file that ends in .svg, .pdf or .png", output)
			}
			store, err := a.openStore()
			if err != nil {
				return err
			}
			defer store.Close()
			figure, err := drawn(c.Context(), store, args[0], metric, difference)
			if err != nil {
				return err
			}
			if err := writeFigure(figure, output, format); err != nil {
				return err
			}
			fmt.Fprintln(a.stderr, "wrote "+output)
			return nil
		},
	}
	c.Flags().StringVar(&metric, "metric", "", "the `metric` (default: the experiment's compare.metric, or val/loss)")
	c.Flags().StringVarP(&output, "output", "o", "", "the `file` to write")
	c.Flags().BoolVar(&difference, "difference", false, "the paired difference from the baseline over steps")
	return a.withStore(c)
}

func drawn(ctx context.Context, store *tracker.Store, ref, metric string, difference bool) (*viz.Figure, error) {
	plan, err := store.Plan(ctx, ref)
	switch {
	case err == nil:
		if metric == "" {
			metric = plan.Compare.Metric
		}
		if difference {
			return viz.Differences(ctx, store, ref, metric)
		}
		return viz.ExperimentCurves(ctx, store, ref, metric)
	case !errors.Is(err, tracker.ErrNotFound):
		return nil, err
	}
	if difference {
		return nil, usagef("--difference needs an experiment, and %q is none", ref)
	}
	run, err := store.Run(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("%q is neither an experiment nor a run: %w", ref, err)
	}
	if metric == "" {
		metric = "val/loss"
	}
	return viz.RunCurve(ctx, store, run, metric)
}

// writeFigure writes the file whole or not at all.
func writeFigure(figure *viz.Figure, path, format string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".inkstone-*."+format)
	if err != nil {
		return fmt.Errorf("write figure: %w", err)
	}
	defer os.Remove(f.Name())
	err = figure.Write(f, format)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write figure %q: %w", path, err)
	}
	return nil
}
