package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"inkstone/tracker"
	"inkstone/tracker/remote"
)

// journalJSON is a journal, as it was left.
type journalJSON struct {
	Dir     string          `json:"dir"`
	Server  string          `json:"server"`
	Frames  int64           `json:"frames"`
	Bytes   int64           `json:"bytes"`
	Oldest  float64         `json:"oldest_seconds"`
	Sent    int64           `json:"sent"` // frames
	Error   string          `json:"error,omitempty"`
	Damaged []remote.Damage `json:"damaged,omitempty"`
	Lost    []string        `json:"lost,omitempty"`
}

// syncing is the command's work.
type syncing struct {
	app            *app
	server         string
	patience       time.Duration
	dryRun, asJSON bool
}

func (a *app) sync() *cobra.Command {
	s := syncing{app: a}
	c := &cobra.Command{
		Use:   "sync [FOLDER]",
		Short: "Send what a remote recording left in its journals",
		Long: `Sync sends the journals in a folder to the servers that they were recorded for: what a trainer acknowledged and could not
deliver before it ended. FOLDER is a journal, or holds journals; it is $INKSTONE_JOURNAL by default, or else the folder sync
of the store. A journal in use is left to its process. Nothing is sent twice, and what was sent is deleted. The exit status
is 1 if something stays pending.

A server that asks for a token gets that in $INKSTONE_TOKEN. $INKSTONE_CA names a file of certificates that vouch for it, if
the system trusts none that does.`,
		Example: `  inkstone sync --dry-run
  inkstone sync /scratch/journal
  inkstone sync /scratch/journal --server http://127.0.0.1:9000 --json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("%s takes one folder, got %d", c.CommandPath(), len(args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return s.run(c.Context(), a.journalFolder(args))
		},
	}
	c.Flags().BoolVar(&s.dryRun, "dry-run", false, "list what is pending, and send nothing")
	c.Flags().BoolVar(&s.asJSON, "json", false, "an object for programs")
	c.Flags().StringVar(&s.server, "server", "", "send to this `URL`, if the server has moved")
	c.Flags().DurationVar(&s.patience, "patience", 30*time.Second, "how long to try while the server does not answer")
	return a.withStore(c)
}

// journalFolder is where journals lie.
func (a *app) journalFolder(args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	if dir := os.Getenv("INKSTONE_JOURNAL"); dir != "" {
		return dir
	}
	return filepath.Join(a.storeDir, "sync")
}

func (s syncing) run(ctx context.Context, dir string) error {
	if _, err := os.Stat(dir); err != nil {
		return usagef("there is no folder %q; name the journal's, or set INKSTONE_JOURNAL", dir)
	}
	dirs, err := remote.Journals(dir)
	if err != nil {
		return err
	}
	all, pending, failed := []journalJSON{}, int64(0), false
	for _, d := range dirs {
		if context.Cause(ctx) != nil {
			break
		}
		j := s.journal(ctx, d)
		if !s.asJSON {
			s.print(j)
		}
		all, pending, failed = append(all, j), pending+j.Frames, failed || j.Error != ""
	}
	if s.asJSON {
		err = writeJSON(s.app.stdout, map[string]any{"journals": all, "pending": pending})
	} else if len(all) == 0 {
		fmt.Fprintf(s.app.stdout, "no journals in %s\n", dir)
	}
	switch {
	case context.Cause(ctx) != nil:
		return context.Cause(ctx)
	case err == nil && (failed || pending > 0 && !s.dryRun):
		return fmt.Errorf("%s pending; the same command goes on from here", plural(int(pending), "frame"))
	}
	return err
}

// journal looks at one journal, or sends it.
func (s syncing) journal(ctx context.Context, dir string) journalJSON {
	j := journalJSON{Dir: dir}
	found, server, err := remote.Look(dir)
	j.take(found, err)
	if j.Server = server; s.server != "" {
		j.Server = s.server
	}
	if err != nil || s.dryRun {
		return j
	}
	bar := newBar(s.app.stderr)
	left, err := remote.Drain(ctx, remote.Config{
		Dir: dir, URL: s.server, GiveUp: s.patience, Token: os.Getenv("INKSTONE_TOKEN"), CA: os.Getenv("INKSTONE_CA"),
	}, func(p remote.Pending) {
		bar.show(found.Frames-p.Frames, found.Frames, "sending "+dir)
	})
	bar.close()
	if errors.Is(err, tracker.ErrConflict) && !errors.Is(err, remote.ErrPending) {
		if found.Frames > 0 {
			j.take(found, err)
		}
		return j
	}
	j.take(left, err)
	j.Sent = found.Frames - left.Frames
	return j
}

func (j *journalJSON) take(p remote.Pending, err error) {
	j.Frames, j.Bytes, j.Oldest, j.Damaged, j.Lost = p.Frames, p.Bytes, p.Oldest.Seconds(), p.Damaged, p.Lost
	if err != nil {
		j.Error = err.Error()
	}
}

func (s syncing) print(j journalJSON) {
	line := fmt.Sprintf("%s -> %s: ", j.Dir, j.Server)
	if !s.dryRun {
		line += fmt.Sprintf("%s sent, ", plural(int(j.Sent), "frame"))
	}
	if j.Frames == 0 {
		line += "nothing is pending"
	} else {
		line += fmt.Sprintf("%s (%sB) pending, the oldest for %s", plural(int(j.Frames), "frame"), count(float64(j.Bytes)), duration(time.Duration(j.Oldest*float64(time.Second))))
	}
	fmt.Fprintln(s.app.stdout, line)
	for _, d := range j.Damaged {
		fmt.Fprintln(s.app.stdout, "  damaged:", d)
	}
	for _, what := range j.Lost {
		fmt.Fprintln(s.app.stdout, "  lost:", what)
	}
	if j.Error != "" {
		fmt.Fprintln(s.app.stdout, "  "+j.Error)
	}
}
