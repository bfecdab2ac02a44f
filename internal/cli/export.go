package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"inkstone/tracker"
	"inkstone/tracker/archive"
)

// exporting is what to export, and how.
type exporting struct {
	runs                     []string
	where                    string
	csv, checkpoints, asJSON bool
}

func (a *app) export() *cobra.Command {
	var e exporting
	c := &cobra.Command{
		Use:   "export FOLDER",
		Short: "Write runs, or the whole store, as Parquet and JSON without loss, or as CSV",
		Long: `Export writes runs, or without --run and --where the whole store with its experiments and deleted runs, to a folder that is not
there yet and appears when it is whole:

  runs.json                 specs, statuses, tags, notes, attempts, summaries
  points/RUN.parquet        metric, context, step, time, value, attempt, sequence, superseded
  captures/RUN.parquet      attention maps, histograms and losses, a row per head; RUN.jsonl has their tokens and edges
  texts/RUN.jsonl           text samples
  artifacts/, files/        files by their SHA-256; logs and, with --checkpoints, checkpoints
  manifest.json             how much there is, and the SHA-256 of every file

pandas, polars and DuckDB read these files; "inkstone import" brings them back, bit for bit. A head of a capture is, in Python,
numpy.frombuffer(row["data"], row["dtype"]).reshape(row["queries"], row["keys"]).

--csv writes, instead, a folder for each run with a file for each of its series: step, time and value of every point. It cannot
be imported. Others may train and write meanwhile.`,
		Example: `  inkstone export /data/inkstone-2026-01-31 --checkpoints
  inkstone export paper --where 'tag.paper and status = finished'
  inkstone export losses --run demo/baseline/1 --run demo/one-head/1 --csv`,
		Args: exactArgs("FOLDER"),
		RunE: func(c *cobra.Command, args []string) error {
			if e.csv && e.checkpoints {
				return usagef("--csv writes points alone: leave out --checkpoints")
			}
			store, err := a.openStore()
			if err != nil {
				return err
			}
			defer store.Close()
			err = a.writeExport(c.Context(), store, args[0], e)
			if errors.Is(err, tracker.ErrConflict) {
				return errUsage{err}
			}
			return err
		},
	}
	c.Flags().StringArrayVar(&e.runs, "run", nil, "only this `run`, once or more: an id, a unique prefix of one, or experiment/variant/seed")
	c.Flags().StringVar(&e.where, "where", "", "only runs that this `filter` selects (see inkstone runs --help)")
	c.Flags().BoolVar(&e.csv, "csv", false, "a CSV file for each series, instead of an archive")
	c.Flags().BoolVar(&e.checkpoints, "checkpoints", false, "also the checkpoints, which are large")
	c.Flags().BoolVar(&e.asJSON, "json", false, "an object for programs")
	return a.withStore(c)
}

func (a *app) writeExport(ctx context.Context, store *tracker.Store, folder string, e exporting) error {
	ids, err := e.chosen(ctx, store)
	if err != nil {
		return err
	}
	bar := newBar(a.stderr)
	o := archive.Options{Runs: ids, Checkpoints: e.checkpoints, Program: "inkstone " + buildVersion(),
		Progress: func(_ string, done, total int) { bar.show(int64(done), int64(total), "exporting runs") }}
	if e.csv {
		counts, err := archive.CSV(ctx, store, folder, o)
		bar.close()
		return a.reportExport(folder, counts, "", counts, e.asJSON, err)
	}
	m, err := archive.Export(ctx, store, folder, o)
	bar.close()
	bytes := int64(0)
	for _, f := range m.Files {
		bytes += f.Size
	}
	return a.reportExport(folder, m, fmt.Sprintf(": %s, %s", plural(len(m.Files), "file"), size(bytes)), m.Counts, e.asJSON, err)
}

// chosen are the ids of the runs to export; none means all.
func (e exporting) chosen(ctx context.Context, store *tracker.Store) ([]string, error) {
	if len(e.runs) == 0 && e.where == "" {
		return nil, nil
	}
	if len(e.runs) > 0 && e.where != "" {
		return nil, usagef("give either --run or --where")
	}
	ids, err := chosen(ctx, store, e.runs, e.where)
	if err == nil && len(ids) == 0 {
		err = usagef("--where %q selects no run", e.where)
	}
	return ids, err
}

func (a *app) reportExport(folder string, all any, files string, counts archive.Counts, asJSON bool, err error) error {
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.stdout, all)
	}
	fmt.Fprintf(a.stdout, "exported %s with %s points to %s%s\n", plural(counts.Runs, "run"), count(float64(counts.Points)), folder, files)
	return nil
}

func (a *app) importArchive() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "import FOLDER",
		Short: "Bring exported runs into a store; nothing is overwritten",
		Long: `Import reads an archive that "inkstone export" wrote, holds every byte of it against the digests, and then brings its runs and
experiments into the store, which is made where there is none. A run appears when it is whole and was read back. What the store
has already, the same, is left out; where it has anything else of the same name, nothing is changed.

Stopped, or killed, it has brought whole runs alone; the same command goes on.`,
		Example: `  inkstone import /data/inkstone-2026-01-31 --store .inkstone
  inkstone import paper --json`,
		Args: exactArgs("FOLDER"),
		RunE: func(c *cobra.Command, args []string) error {
			report, err := a.bring(c.Context(), args[0])
			if errors.Is(err, tracker.ErrConflict) || errors.Is(err, tracker.ErrNotFound) {
				return errUsage{err}
			}
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.stdout, report)
			}
			fmt.Fprintf(a.stdout, "imported %s and %s", plural(report.Runs, "run"), plural(report.Experiments, "experiment"))
			if n := report.RunsPresent + report.ExperimentsPresent; n > 0 {
				fmt.Fprintf(a.stdout, "; %d were there already", n)
			}
			fmt.Fprintln(a.stdout)
			for _, u := range report.Missing {
				fmt.Fprintf(a.stderr, "artifact %q, version %d, of run %s was read by one of the runs and is not there: that is not noted\n", u.Name, u.Version, u.Run)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "an object for programs")
	return a.withStore(c)
}

// bring checks an archive before it opens, or makes, the store.
func (a *app) bring(ctx context.Context, folder string) (archive.Report, error) {
	bar := newBar(a.stderr)
	defer bar.close()
	from, err := archive.Open(ctx, folder, func(_ string, done, total int) { bar.show(int64(done), int64(total), "checking files") })
	if err != nil {
		return archive.Report{}, err
	}
	defer from.Close()
	store, err := tracker.Open(a.storeDir, tracker.Options{})
	if err != nil {
		return archive.Report{}, err
	}
	defer store.Close()
	return from.Import(ctx, store, func(_ string, done, total int) { bar.show(int64(done), int64(total), "importing runs") })
}
