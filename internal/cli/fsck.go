package cli

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"inkstone/tracker"
)

func (a *app) fsck() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "fsck",
		Short: "Check everything in a store: checksums, counts, summaries, references",
		Long: `Fsck reads every point, chunk, batch and attention map of a store, compares checksums, counts, summaries and references,
and names what is damaged. It changes nothing recorded and may run while trials train. The exit status is 1 if something recorded
cannot be read.`,
		Example: `  inkstone fsck
  inkstone fsck --store /data/backup --json`,
		Args: exactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			store, err := a.openStore()
			if err != nil {
				return err
			}
			defer store.Close()
			bar, began := newBar(a.stderr), time.Now()
			report, err := store.Check(c.Context(), func(_ string, done, total int) { bar.show(int64(done), int64(total), "checking runs") })
			bar.close()
			if err != nil {
				return err
			}
			_ = store.KeepCheck(report, time.Since(began)) // what it found is told here all the same
			if asJSON {
				if report.Findings == nil {
					report.Findings = []tracker.Finding{}
				}
				err = writeJSON(a.stdout, report)
			} else {
				fmt.Fprintln(a.stdout, looked(report))
				a.printFindings(report)
			}
			return errors.Join(err, lost(report))
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "an object for programs")
	return a.withStore(c)
}

// looked words how much was checked.
func looked(r tracker.Report) string {
	return fmt.Sprintf("%s, %d series, %s points (%s, %s in the journal), %s of attention",
		plural(r.Runs, "run"), r.Series, count(float64(r.Points)), plural(r.Chunks, "chunk"), plural(r.Batches, "batch"), plural(r.Heads, "map"))
}

func (a *app) printFindings(r tracker.Report) {
	for _, f := range r.Findings {
		kind := "odd"
		if f.Lost {
			kind = "damaged"
		}
		fmt.Fprintf(a.stdout, "%s: %s: %s\n", kind, f.Where, f.What)
	}
	if len(r.Findings) == 0 {
		fmt.Fprintln(a.stdout, "all of it is sound")
	} else {
		fmt.Fprintln(a.stdout, "all else is sound and can be read; a backup or the same `inkstone run` with --restart brings back what is damaged")
	}
}

// lost is an error where something recorded cannot be read.
func lost(r tracker.Report) error {
	if n := len(slices.DeleteFunc(slices.Clone(r.Findings), func(f tracker.Finding) bool { return !f.Lost })); n > 0 {
		return fmt.Errorf("%s damaged", plural(n, "thing"))
	}
	return nil
}
