package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"inkstone/tracker"
)

// openToWrite opens an existing store; a missing one is answered with how to make it.
func (a *app) openToWrite() (*tracker.Store, error) {
	store, err := a.openStore()
	if err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil {
		return nil, err
	}
	return tracker.Open(a.storeDir, tracker.Options{})
}

// chosen are the runs that a command is about: those that are named, or those that a filter selects.
func chosen(ctx context.Context, store *tracker.Store, refs []string, where string) (ids []string, err error) {
	if (len(refs) == 0) == (where == "") {
		return nil, usagef("name runs, or select them with --where")
	}
	if where != "" {
		runs, err := listing{where: where}.read(ctx, store)
		for _, r := range runs {
			ids = append(ids, r.ID)
		}
		return ids, err
	}
	for _, ref := range refs {
		run, err := store.Run(ctx, ref)
		if err != nil {
			return nil, err
		}
		ids = append(ids, run.ID)
	}
	return ids, nil
}

// onRuns makes a command that changes runs.
func (a *app) onRuns(c *cobra.Command, change func(ctx context.Context, store *tracker.Store, ids []string) error) *cobra.Command {
	var where string
	c.RunE = func(c *cobra.Command, args []string) error {
		store, err := a.openToWrite()
		if err != nil {
			return err
		}
		defer store.Close()
		ids, err := chosen(c.Context(), store, args, where)
		if err != nil {
			return err
		}
		if err := change(c.Context(), store, ids); errors.Is(err, tracker.ErrInvalid) || errors.Is(err, tracker.ErrConflict) {
			return errUsage{err}
		} else if err != nil {
			return err
		}
		return nil
	}
	c.Flags().StringVar(&where, "where", "", "the runs that this `filter` selects, instead of names (see inkstone runs --help)")
	return a.withStore(c)
}

func (a *app) delete() *cobra.Command {
	return a.onRuns(&cobra.Command{
		Use:   "delete [RUN …]",
		Short: "Hide runs; they can come back until they are collected",
		Example: `  inkstone delete demo/baseline/1
  inkstone delete --where 'status = failed and created < -30d'`,
	}, func(ctx context.Context, store *tracker.Store, ids []string) error {
		err := store.DeleteRuns(ctx, ids)
		if err == nil {
			fmt.Fprintf(a.stdout, "deleted %s; `inkstone undelete` brings them back until `inkstone collect`\n", plural(len(ids), "run"))
		}
		return err
	})
}

func (a *app) undelete() *cobra.Command {
	return a.onRuns(&cobra.Command{
		Use:   "undelete [RUN …]",
		Short: "Bring deleted runs back",
		Example: `  inkstone undelete 06h0vjzqsycx8wf9
  inkstone undelete --where 'deleted > -1h'`,
	}, func(ctx context.Context, store *tracker.Store, ids []string) error {
		err := store.UndeleteRuns(ctx, ids)
		if err == nil {
			fmt.Fprintf(a.stdout, "%s came back\n", plural(len(ids), "run"))
		}
		return err
	})
}

func (a *app) collect() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "collect",
		Short: "Remove deleted runs for good, and blobs that nothing refers to",
		Long: `Collect takes deleted runs out of the store, a little at a time, while others train and write. Stopped with Ctrl-C it leaves
nothing half done: the next one goes on. The room that it frees in the database is used by what comes; a copy by
"inkstone backup" and "inkstone restore" is smaller.`,
		Example: "  inkstone collect",
		Args:    exactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			store, err := a.openToWrite()
			if err != nil {
				return err
			}
			defer store.Close()
			bar := newBar(a.stderr)
			got, err := store.Collect(c.Context(), func(_ string, done, total int) { bar.show(int64(done), int64(total), "collecting runs") })
			bar.close()
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.stdout, got)
			}
			fmt.Fprintf(a.stdout, "removed %s, and %s of %s\n", plural(got.Runs, "run"), plural(got.Blobs, "blob"), size(got.Bytes))
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "an object for programs")
	return a.withStore(c)
}
