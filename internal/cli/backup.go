package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"inkstone/tracker"
)

func (a *app) backup() *cobra.Command {
	c := &cobra.Command{
		Use:   "backup FOLDER",
		Short: "Copy a store to a new folder and check the copy, while trials train",
		Long: `Backup copies everything recorded (prepared corpora aside, which are made again, and tokens) to a folder that is not there yet, and
checks the copy. The folder appears when it is whole and on disk.`,
		Example: `  inkstone backup /data/inkstone-2026-01-31
  inkstone backup ../copy --store /data/store`,
		Args: exactArgs("FOLDER"),
		RunE: func(c *cobra.Command, args []string) error {
			store, err := a.openStore()
			if err != nil {
				return err
			}
			defer store.Close()
			report, err := store.Copy(c.Context(), args[0])
			return a.reportCopy(report, args[0], err)
		},
	}
	return a.withStore(c)
}

func (a *app) restore() *cobra.Command {
	c := &cobra.Command{
		Use:     "restore BACKUP",
		Short:   "Make a store from a backup, and check it",
		Long:    `Restore copies a backup to the store's folder, which must not be there yet, brings it up to date and checks it.`,
		Example: `  inkstone restore /data/inkstone-2026-01-31 --store .inkstone`,
		Args:    exactArgs("BACKUP"),
		RunE: func(c *cobra.Command, args []string) error {
			if _, err := os.Stat(a.storeDir); err == nil {
				return usagef("there is a store at %q already; move it away, or name another folder with --store", a.storeDir)
			}
			report, err := tracker.Restore(c.Context(), args[0], a.storeDir)
			if errors.Is(err, tracker.ErrNotFound) {
				return usagef("%w", err)
			}
			return a.reportCopy(report, a.storeDir, err)
		},
	}
	return a.withStore(c)
}

// reportCopy says what was copied and whether it is sound.
func (a *app) reportCopy(report tracker.Report, folder string, err error) error {
	if errors.Is(err, tracker.ErrConflict) {
		return usagef("%w", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "copied to %s: %s\n", folder, looked(report))
	a.printFindings(report)
	return lost(report)
}
