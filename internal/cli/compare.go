package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"inkstone/notebooks"
)

func (a *app) compare() *cobra.Command {
	var where, format string
	var choice notebooks.Choice
	c := &cobra.Command{
		Use:   "compare [RUN…]",
		Short: "Print a table of groups of any runs",
		Long: `Compare puts runs of any experiments into groups and prints the table that table prints of an experiment: each group's mean
with its interval, and its difference from the baseline, paired by seed. Groups that were chosen when the runs were known are
no test of what was declared before, and the table says so.`,
		Example: `  inkstone compare --where 'experiment in (demo, go-source)' --metric val/accuracy --group experiment
  inkstone compare --where 'experiment = lr' --group train.learning_rate --baseline 'learning_rate 0.001' --goal minimize
  inkstone compare demo/baseline/1 demo/one-head/1 --group run --format json`,
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case format != "text" && format != "json":
				return usagef("--format %q: want text or json", format)
			case len(args) == 0 && where == "":
				return usagef("name runs, or select them with --where")
			case len(args) > 0 && where != "":
				return usagef("runs are named or selected with --where, not both")
			case choice.Goal != "" && choice.Goal != "minimize" && choice.Goal != "maximize":
				return usagef("--goal %q: want minimize or maximize", choice.Goal)
			}
			store, err := a.openStore()
			if err != nil {
				return err
			}
			defer store.Close()
			runs, total, err := store.Choose(c.Context(), where, args)
			if err != nil {
				return err
			}
			if total > len(runs) {
				fmt.Fprintf(a.stderr, "the filter selects %d runs; the newest %d are compared\n", total, len(runs))
			}
			comparison, err := choice.Of(c.Context(), store, runs)
			if err != nil {
				return err
			}
			table, err := notebooks.Compare(c.Context(), store, comparison)
			if err != nil {
				return err
			}
			if format == "json" {
				return writeJSON(a.stdout, table)
			}
			return table.WriteText(a.stdout, a.textOptions())
		},
	}
	c.Flags().StringVar(&where, "where", "", "the runs, as a `filter`")
	c.Flags().StringVar(&choice.Group, "group", "variant", "what makes a group: variant, experiment, seed, status, run, tag.NAME or a `parameter`")
	c.Flags().StringVar(&choice.Metric, "metric", "val/loss", "the `metric`")
	c.Flags().StringVar(&choice.Goal, "goal", "", "`minimize` or maximize (default: what the runs' experiments declare)")
	c.Flags().StringVar(&choice.Baseline, "baseline", "", "the `group` that others are compared with (default: baseline, or the first)")
	c.Flags().StringVar(&format, "format", "text", "`text` or json")
	return a.withStore(c)
}
