package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"inkstone/notebooks"
	"inkstone/tracker"
	"inkstone/viz"
)

// plotFormats are the endings of files that plot writes.
var plotFormats = []string{"svg", "pdf", "png", "tex", "csv", "json"}

func (a *app) plot() *cobra.Command {
	var output string
	var difference bool
	var from, to float64
	r := viz.Request{Query: -1}
	c := &cobra.Command{
		Use:   "plot [EXPERIMENT|RUN…]",
		Short: "Draw a figure to a file",
		Long: `Plot draws what a page shows: an experiment's curves (a band over seeds for each variant), the curves of runs, groups of any
runs, differences, a forest plot, an attention map. The file's ending chooses the form: .svg, .pdf, .png, or .tex for \input in a
paper, after \usepackage{pgf}; .csv for the values that the figure is drawn from, .json for where they lie. The same store gives
the same bytes, here and in the browser.`,
		Example: `  inkstone plot demo --metric val/loss -o loss.svg
  inkstone plot demo --metric val/loss --difference -o difference.pdf
  inkstone plot demo --kind forest -o forest.tex
  inkstone plot demo/baseline/1 demo/one-head/1 --metric train/loss --smooth ema:20 --yscale log -o runs.png
  inkstone plot --where 'experiment in (a, b)' --group experiment --metric val/loss --x train/tokens -o compare.svg
  inkstone plot demo/baseline/1 --kind attention --layer 1 --head 0 -o head.png`,
		RunE: func(c *cobra.Command, args []string) error {
			format := strings.TrimPrefix(filepath.Ext(output), ".")
			if !slices.Contains(plotFormats, format) {
				return usagef("-o %q: want a file that ends in .%s", output, strings.Join(plotFormats, ", ."))
			}
			store, err := a.openStore()
			if err != nil {
				return err
			}
			defer store.Close()
			if c.Flags().Changed("from") {
				r.From = &from
			}
			if c.Flags().Changed("to") {
				r.To = &to
			}
			if err := aim(c.Context(), store, &r, args, difference); err != nil {
				return err
			}
			figure, err := notebooks.Draw(c.Context(), store, r)
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
	f := c.Flags()
	f.StringVarP(&output, "output", "o", "", "the `file` to write")
	f.StringVar(&r.Kind, "kind", "", "what to draw, a `kind`: "+strings.Join(notebooks.Kinds(), ", ")+" (default: curves of what is named)")
	f.StringVar(&r.Metric, "metric", "", "the `metric` (default: the experiment's compare.metric, or val/loss)")
	f.StringVar(&r.Context, "context", "", "the metric's `context`, as L0H3")
	f.BoolVar(&difference, "difference", false, "the paired difference from the baseline over the axis")
	f.StringVar(&r.Where, "where", "", "the runs, as a `filter`, in place of names")
	f.StringVar(&r.Group, "group", "", "what makes a group of runs: variant, experiment, tag.NAME, or a `parameter`")
	f.StringVar(&r.Baseline, "baseline", "", "the `group` that others are compared with")
	f.StringVar(&r.X, "x", "", "the `axis`: time, or a metric that grows, as train/tokens (default: steps)")
	f.StringVar(&r.XScale, "xscale", "", "`linear|log|symlog`")
	f.StringVar(&r.YScale, "yscale", "", "`linear|log|symlog`")
	f.StringVar(&r.Smooth, "smooth", "", "`ema:HALF-LIFE` or gaussian:SIGMA, in units of the axis")
	f.Float64Var(&from, "from", 0, "where the axis begins")
	f.Float64Var(&to, "to", 0, "where the axis ends")
	f.Int64Var(&r.Capture, "capture", 0, "the `number` of an attention map (default: the run's newest)")
	f.IntVar(&r.Layer, "layer", 0, "its layer, from 0")
	f.IntVar(&r.Head, "head", 0, "its head, from 0")
	f.BoolVar(&r.Dark, "dark", false, "on a dark ground")
	return a.withStore(c)
}

// aim finds out what names are names of, and which figure is meant.
func aim(ctx context.Context, store *tracker.Store, r *viz.Request, names []string, difference bool) error {
	if len(names) == 0 && r.Where == "" && r.Capture == 0 {
		return usagef("name an experiment or runs, or select runs with --where")
	}
	if len(names) > 0 && r.Where != "" {
		return usagef("runs are named or selected with --where, not both")
	}
	if len(names) == 1 {
		plan, err := store.Plan(ctx, names[0])
		switch {
		case err == nil && slices.Contains(mapKinds, r.Kind) && r.Capture == 0:
			return newestMap(ctx, store, r)
		case err == nil:
			r.Experiment = names[0]
			if r.Metric == "" {
				r.Metric = plan.Compare.Metric
			}
			r.Kind = kindOf(r.Kind, difference, "curves", "difference")
			return nil
		case !errors.Is(err, tracker.ErrNotFound):
			return err
		case difference:
			return usagef("--difference needs an experiment or groups of runs, and %q is one run at most", names[0])
		}
	}
	if r.Metric == "" {
		r.Metric = "val/loss"
	}
	for _, name := range names {
		run, err := store.Run(ctx, name)
		if err != nil {
			return fmt.Errorf("%q is neither an experiment nor a run: %w", name, err)
		}
		r.Runs = append(r.Runs, run.ID)
	}
	if slices.Contains(mapKinds, r.Kind) && r.Capture == 0 {
		return newestMap(ctx, store, r)
	}
	if r.Where == "" && r.Group == "" {
		r.Kind = kindOf(r.Kind, difference, "curve", "compare-difference")
	}
	r.Kind = kindOf(r.Kind, difference, "compare", "compare-difference")
	return nil
}

// mapKinds are the figures of attention maps.
var mapKinds = []string{"attention", "heads", "arcs", "profile", "rollout"}

// newestMap takes the newest map of the run.
func newestMap(ctx context.Context, store *tracker.Store, r *viz.Request) error {
	if len(r.Runs) != 1 {
		return usagef("--kind %s is of one run's map: name the run, and --capture if it is not to be the newest", r.Kind)
	}
	captures, err := store.Captures(ctx, r.Runs[0])
	for _, c := range captures {
		if c.Kind == tracker.Attention && c.ID > r.Capture {
			r.Capture = c.ID
		}
	}
	if err == nil && r.Capture == 0 {
		err = fmt.Errorf("%w: run %s has recorded no attention map; a spec's record.attention has it do so", tracker.ErrNotFound, r.Runs[0])
	}
	return err
}

// kindOf is the kind that was asked for, or else one of two.
func kindOf(asked string, difference bool, curves, differences string) string {
	switch {
	case asked != "":
		return asked
	case difference:
		return differences
	}
	return curves
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
