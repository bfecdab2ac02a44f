package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"inkstone/experiments"
)

func (a *app) check() *cobra.Command {
	var sets []string
	var fields bool
	c := &cobra.Command{
		Use:   "check SPEC",
		Short: "Report every mistake in a spec, with its place",
		Long: `Check reads a spec, expands its variants and holds them against data and model. It reports every mistake at once, each
with file, line and column, and trains nothing.`,
		Example: `  inkstone check experiments/library/demo.yaml
  inkstone check my.yaml --set train.learning_rate=1e-3
  inkstone check --fields`,
		Args: func(c *cobra.Command, args []string) error {
			if fields {
				return exactArgs()(c, args)
			}
			return exactArgs("SPEC")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if fields {
				_, err := fmt.Fprint(a.stdout, experiments.Reference())
				return err
			}
			s, err := readStudy(c.Context(), args[0], sets, nil)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "%s is fine: %s\n", args[0], s.summary())
			return nil
		},
	}
	setsFlag(c, &sets)
	c.Flags().BoolVar(&fields, "fields", false, "list every field of a spec with its default and meaning")
	return c
}

// setsFlag adds --set.
func setsFlag(c *cobra.Command, sets *[]string) {
	c.Flags().StringArrayVar(sets, "set", nil, "override a field: `path=value`, as often as needed")
}
