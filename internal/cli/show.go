package cli

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"inkstone/tracker"
)

func (a *app) show() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "show RUN",
		Short: "Show a run: status, attempts, environment, metrics, spec",
		Long:  "Show prints one run. RUN is an id, a unique prefix of one, or experiment/variant/seed.",
		Example: `  inkstone show demo/baseline/1
  inkstone show demo/baseline/1 --json`,
		Args: exactArgs("RUN"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withRun(c.Context(), args[0], func(_ *tracker.Store, run tracker.Run) error {
				if asJSON {
					return writeJSON(a.stdout, run)
				}
				return a.printRun(run)
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "an object for programs")
	return a.withStore(c)
}

// printRun prints the run's story, its last values and its settings.
func (a *app) printRun(r tracker.Run) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%s\t"+format+"\n", append([]any{name}, args...)...)
	}
	row("run", "%s", r.ID)
	row("trial", "%s", r.Name())
	row("status", "%s", r.Status)
	switch {
	case r.Error != "" && r.Status == tracker.Finished:
		row("ended", "%s", r.Error)
	case r.Error != "":
		row("error", "%s", r.Error)
	}
	row("started", "%s", startedAt(r))
	row("took", "%s", took(r))
	row("parameters", "%d", r.Parameters)
	row("digest", "%s", r.Digest)
	for _, at := range r.Attempts {
		row(fmt.Sprintf("attempt %d", at.Number), "%s", attemptLine(at))
	}
	fmt.Fprintln(w)
	names := make([]string, 0, len(r.Metrics))
	for name := range r.Metrics {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		row(name, "%.6g", float64(r.Metrics[name]))
	}
	fmt.Fprintln(w)
	params, err := tracker.Params(r.Spec)
	if err != nil {
		return fmt.Errorf("read the run's spec: %w", err)
	}
	for _, p := range params {
		if group, _, _ := strings.Cut(p.Name, "."); slices.Contains([]string{"data", "tokenizer", "model", "objective", "train"}, group) {
			row(p.Name, "%s", p.Text)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print run: %w", err)
	}
	return nil
}

func attemptLine(at tracker.Attempt) string {
	text := string(at.Status)
	if !at.Ended.IsZero() {
		text += " after " + duration(at.Ended.Sub(at.Started).Round(time.Second))
	}
	i := at.Info
	text += fmt.Sprintf(", %s on %s, %s (%s), %s", i.Backend, i.Host, plural(i.Threads, "thread"), i.ISA, i.GoVersion)
	if i.GitCommit != "" {
		text += ", commit " + i.GitCommit[:min(12, len(i.GitCommit))]
		if i.GitDirty {
			text += " with changes"
		}
	}
	if at.Error != "" {
		text += ": " + at.Error
	}
	return text
}
