package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"inkstone/runner/backend"
)

func (a *app) backends() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "backends",
		Short: "List the compute backends of this machine, and what a run would use",
		Long: `Backends lists XLA on CUDA, XLA on the CPU and the Go backend, says for each whether it works here and why, and which one
a run would use. INKSTONE_BACKEND or run.backend in a spec forces one; INKSTONE_XLA_PLUGIN names a plugin file.`,
		Example: `  inkstone backends
  inkstone backends install cpu`,
		Args: exactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			list := backend.List(c.Context(), backend.Options{})
			chosen, err := backend.Choose(c.Context(), "auto", backend.Options{})
			if err != nil {
				return usagef("%w", err)
			}
			if asJSON {
				return writeJSON(a.stdout, map[string]any{"chosen": chosen.Name, "backends": list})
			}
			w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			for _, b := range list {
				mark := " "
				if b.Name == chosen.Name {
					mark = "→"
				}
				state := "missing"
				if b.Available {
					state = "works"
				}
				fmt.Fprintf(w, "%s %s\t%s\t%s\n", mark, b.Name, state, b.Reason)
			}
			return w.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "an object for programs")
	c.AddCommand(a.installBackend())
	return c
}

func (a *app) installBackend() *cobra.Command {
	return &cobra.Command{
		Use:   "install cpu",
		Short: "Fetch the pinned XLA plugin for the CPU into the user's cache folder",
		Long: `Install fetches one pinned Python wheel (63 MB) with pip, checks its hash, and unpacks the plugin in it into the user's
cache folder. Nothing else is installed, and no Python is needed afterwards.`,
		Example: "  inkstone backends install cpu",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] != "cpu" {
				return usagef("%s installs cpu alone; for CUDA see the README", c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			path, err := backend.InstallCPU(c.Context(), a.stderr)
			if err != nil {
				return err
			}
			fmt.Fprintln(a.stdout, path)
			return nil
		},
	}
}
