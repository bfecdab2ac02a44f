package cli

import (
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"inkstone/notebooks"
)

func (a *app) table() *cobra.Command {
	var metric, format string
	c := &cobra.Command{
		Use:   "table EXPERIMENT",
		Short: "Print the ablation table of an experiment",
		Long: `Table computes, from stored runs alone, each variant's mean over seeds with its interval, and its difference from the
baseline paired by seed, with interval, corrected p-value and verdict.`,
		Example: `  inkstone table demo
  inkstone table demo --metric val/accuracy
  inkstone table demo --format json`,
		Args: exactArgs("EXPERIMENT"),
		RunE: func(c *cobra.Command, args []string) error {
			if format != "text" && format != "json" {
				return usagef("--format %q: want text or json", format)
			}
			store, err := a.openStore()
			if err != nil {
				return err
			}
			defer store.Close()
			table, err := notebooks.Table(c.Context(), store, args[0], metric)
			if err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(a.stdout, table)
			}
			return table.WriteText(a.stdout, a.textOptions())
		},
	}
	c.Flags().StringVar(&metric, "metric", "", "the `metric` (default: the spec's compare.metric)")
	c.Flags().StringVar(&format, "format", "text", "`text` or json")
	return a.withStore(c)
}

// textOptions fits text to standard output: its width and, on a terminal that wants them, colours.
func (a *app) textOptions() notebooks.TextOptions {
	width, tty := terminal(a.stdout)
	if !tty {
		return notebooks.TextOptions{Width: 120}
	}
	return notebooks.TextOptions{Width: max(width, 80), Color: wantsColor()}
}

// terminal tells whether w is a terminal, and its width in columns.
func terminal(w any) (width int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		width = 80
	}
	return width, true
}

// wantsColor follows the NO_COLOR convention.
func wantsColor() bool { return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" }
