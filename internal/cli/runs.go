package cli

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"inkstone/tracker"
)

// runJSON is the stable form of a run for programs.
type runJSON struct {
	ID         string                   `json:"id"`
	Experiment string                   `json:"experiment"`
	Variant    string                   `json:"variant"`
	Seed       int64                    `json:"seed"`
	Status     tracker.Status           `json:"status"`
	Started    *time.Time               `json:"started"`
	Finished   *time.Time               `json:"finished"`
	Error      string                   `json:"error,omitempty"`
	Superseded bool                     `json:"superseded"`
	Metrics    map[string]tracker.Value `json:"metrics"`
}

func newRunJSON(r tracker.Run) runJSON {
	metrics := r.Metrics
	if metrics == nil {
		metrics = map[string]tracker.Value{}
	}
	return runJSON{
		ID: r.ID, Experiment: r.Experiment, Variant: r.Variant, Seed: r.Seed, Status: r.Status, Started: moment(r.Started),
		Finished: moment(r.Finished), Error: r.Error, Superseded: r.Superseded, Metrics: metrics,
	}
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (a *app) runs() *cobra.Command {
	var experiment string
	var asJSON bool
	c := &cobra.Command{
		Use: "runs", Short: "List the runs of a store",
		Example: `  inkstone runs
  inkstone runs --experiment demo --json`,
		Args: exactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			store, err := a.openStore()
			if err != nil {
				return err
			}
			defer store.Close()
			var filter tracker.RunFilter
			if experiment != "" {
				filter.Experiment = &experiment
			}
			runs, err := store.Runs(c.Context(), filter)
			if err != nil {
				return err
			}
			if asJSON {
				list := make([]runJSON, len(runs))
				for i, r := range runs {
					list[i] = newRunJSON(r)
				}
				return writeJSON(a.stdout, list)
			}
			return a.printRuns(runs)
		},
	}
	c.Flags().StringVar(&experiment, "experiment", "", "only the runs of this `experiment`")
	c.Flags().BoolVar(&asJSON, "json", false, "an array of objects for programs")
	return a.withStore(c)
}

func (a *app) printRuns(runs []tracker.Run) error {
	if len(runs) == 0 {
		fmt.Fprintln(a.stderr, "no runs; `inkstone run SPEC` trains some")
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RUN\tEXPERIMENT\tVARIANT\tSEED\tSTATUS\tSTARTED\tTOOK\tVAL/LOSS")
	for _, r := range runs {
		status := string(r.Status)
		if r.Superseded {
			status += " (superseded)"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", r.ID, r.Experiment, r.Variant, r.Seed, status,
			startedAt(r), took(r), lastOf(r, "val/loss"))
	}
	return w.Flush()
}

func startedAt(r tracker.Run) string {
	if r.Started.IsZero() {
		return "–"
	}
	return r.Started.Local().Format("2006-01-02 15:04:05")
}

func took(r tracker.Run) string {
	if r.Started.IsZero() || r.Finished.IsZero() {
		return "–"
	}
	return duration(r.Finished.Sub(r.Started))
}

func lastOf(r tracker.Run, metric string) string {
	v, ok := r.Metrics[metric]
	if !ok {
		return "–"
	}
	return fmt.Sprintf("%.5g", float64(v))
}
