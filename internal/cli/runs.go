package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"inkstone/tracker"
	"inkstone/tracker/filter"
)

// listing is what runs are listed, and how.
type listing struct {
	experiment   string
	where, order string
	limit        int
	columns      []string
}

func (a *app) runs() *cobra.Command {
	var l listing
	var asJSON bool
	c := &cobra.Command{
		Use: "runs", Short: "List the runs of a store, found by a filter",
		Long: `Runs lists runs, oldest first, or those that a filter selects, in any order. A filter compares attributes, fields of the spec,
metrics and tags:

  status = finished and train.learning_rate >= 1e-4 and not tag.broken
  (variant in (baseline, one-head) or tag.kind = probe) and min(val/loss) < 2.5
  created > -7d and experiment like 'go-%' and val/loss is not nan

Attributes are id, experiment, variant, seed, status, created, started, finished, duration, parameters, parent and deleted.
Deleted runs are listed where the filter asks about deleted.`,
		Example: `  inkstone runs
  inkstone runs --where 'status = failed and created > -1d'
  inkstone runs --where 'val/loss < 3' --sort 'min(val/loss)' --limit 10 --columns model.hidden_size,val/loss
  inkstone runs --experiment demo --json`,
		Args: exactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			store, err := a.openStore()
			if err != nil {
				return err
			}
			defer store.Close()
			runs, err := l.read(c.Context(), store)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.stdout, append([]tracker.Run{}, runs...))
			}
			return a.printRuns(runs, l.columns)
		},
	}
	c.Flags().StringVar(&l.experiment, "experiment", "", "only the trials of this `experiment`")
	c.Flags().StringVar(&l.where, "where", "", "only runs that this `filter` selects")
	c.Flags().StringVar(&l.order, "sort", "created", "an attribute, param, metric or tag, and desc: `'KEY desc'`")
	c.Flags().IntVar(&l.limit, "limit", 0, "at most so many; 0 means all")
	c.Flags().StringSliceVar(&l.columns, "columns", []string{"val/loss"}, "`names` of metrics, fields of the spec and tags to show")
	c.Flags().BoolVar(&asJSON, "json", false, "an array of objects for programs")
	return a.withStore(c)
}

// read collects the runs, a page at a time.
func (l listing) read(ctx context.Context, store *tracker.Store) ([]tracker.Run, error) {
	if l.experiment != "" {
		if l.where != "" {
			return nil, usagef("give either --experiment or --where; the filter has experiment = %s", l.experiment)
		}
		return store.Runs(ctx, tracker.RunFilter{Experiment: &l.experiment})
	}
	q, err := store.ParseQuery(ctx, l.where, l.order)
	if errors.Is(err, tracker.ErrInvalid) || errors.As(err, new(filter.Errors)) {
		return nil, errUsage{err}
	}
	if err != nil {
		return nil, err
	}
	var runs []tracker.Run
	for {
		if q.Limit = 1000; l.limit > 0 {
			q.Limit = min(1000, l.limit-len(runs))
		}
		page, err := store.Query(ctx, q)
		if err != nil {
			return nil, err
		}
		runs, q.After = append(runs, page.Runs...), page.Next
		if q.After == "" || len(runs) == l.limit {
			return runs, nil
		}
	}
}

func (a *app) printRuns(runs []tracker.Run, columns []string) error {
	if len(runs) == 0 {
		fmt.Fprintln(a.stderr, "no runs; `inkstone run SPEC` trains some")
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "RUN\tEXPERIMENT\tVARIANT\tSEED\tSTATUS\tSTARTED\tTOOK\t%s\n", strings.ToUpper(strings.Join(columns, "\t")))
	for _, r := range runs {
		status := string(r.Status)
		if r.Superseded {
			status += " (superseded)"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s", r.ID, r.Experiment, r.Variant, r.Seed, status, startedAt(r), took(r))
		for _, name := range columns {
			fmt.Fprintf(w, "\t%s", cellOf(r, name))
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// cellOf is a metric's last value, a field of the spec or a tag of a run.
func cellOf(r tracker.Run, name string) string {
	if v, ok := r.Metrics[name]; ok {
		return fmt.Sprintf("%.5g", float64(v))
	}
	params, err := tracker.Params(r.Spec)
	if i := slices.IndexFunc(params, func(p tracker.Param) bool { return p.Name == name }); err == nil && i >= 0 {
		return params[i].Text
	}
	if v, ok := r.Tags[name]; ok {
		return cmp.Or(v, "yes")
	}
	return "–"
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
