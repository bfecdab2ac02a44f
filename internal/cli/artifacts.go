package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"inkstone/tracker"
)

// filing is what to do with a run's artifacts.
type filing struct {
	add, name, output string
	version           int
	asJSON            bool
}

func (a *app) artifacts() *cobra.Command {
	var f filing
	c := &cobra.Command{
		Use:   "artifacts RUN [NAME]",
		Short: "List, read or add the files that a run keeps",
		Long: `Artifacts lists the files of a run, or writes the one called NAME to standard output or to --output. --add keeps a file: it is
in the store, whole, when the command ends. Equal files are stored once.`,
		Example: `  inkstone artifacts demo/baseline/1
  inkstone artifacts demo/baseline/1 environment/git.diff
  inkstone artifacts demo/baseline/1 figures/loss.pdf --add loss.pdf`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 1 || len(args) == 2 {
				return nil
			}
			return exactArgs("RUN")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 2 {
				f.name = args[1]
			}
			if f.add != "" {
				return a.addArtifact(c.Context(), args[0], f)
			}
			return a.withRun(c.Context(), args[0], func(store *tracker.Store, run tracker.Run) error {
				if f.name != "" {
					return a.readArtifact(c.Context(), store, run.ID, f)
				}
				return a.listArtifacts(c.Context(), store, run.ID, f.asJSON)
			})
		},
	}
	c.Flags().StringVar(&f.add, "add", "", "keep this `file`, as NAME or under its own name")
	c.Flags().StringVarP(&f.output, "output", "o", "", "write to this `file`")
	c.Flags().IntVar(&f.version, "version", 0, "which content of that name, from 1; 0 means the newest")
	c.Flags().BoolVar(&f.asJSON, "json", false, "an array of objects for programs")
	return a.withStore(c)
}

func (a *app) addArtifact(ctx context.Context, ref string, f filing) error {
	file, err := os.Open(f.add)
	if err != nil {
		return usagef("%w", err)
	}
	defer file.Close()
	store, err := a.openToWrite()
	if err != nil {
		return err
	}
	defer store.Close()
	run, err := store.Run(ctx, ref)
	if err != nil {
		return err
	}
	if f.name == "" {
		f.name = filepath.Base(f.add)
	}
	kept, err := store.PutArtifact(ctx, run.ID, f.name, mime.TypeByExtension(filepath.Ext(f.name)), file)
	if errors.Is(err, tracker.ErrInvalid) {
		return errUsage{err}
	}
	if err != nil {
		return err
	}
	if f.asJSON {
		return writeJSON(a.stdout, kept)
	}
	fmt.Fprintf(a.stdout, "kept %s, version %d, %s, SHA-256 %s\n", kept.Name, kept.Version, size(kept.Size), kept.Digest)
	return nil
}

func (a *app) readArtifact(ctx context.Context, store *tracker.Store, run string, f filing) (err error) {
	found, err := store.Artifact(ctx, run, f.name, f.version)
	if err != nil {
		return err
	}
	from, err := store.OpenArtifact(found)
	if err != nil {
		return err
	}
	defer from.Close()
	to := a.stdout
	if f.output != "" {
		file, err := os.Create(f.output)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		to = file
	}
	if _, err := io.Copy(to, from); err != nil {
		return fmt.Errorf("write artifact %q: %w", f.name, err)
	}
	return nil
}

func (a *app) listArtifacts(ctx context.Context, store *tracker.Store, run string, asJSON bool) error {
	list, err := store.Artifacts(ctx, run)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(a.stdout, append([]tracker.Artifact{}, list...))
	}
	if len(list) == 0 {
		fmt.Fprintln(a.stderr, "no artifacts; --add keeps a file")
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tVERSION\tSIZE\tCREATED\tSHA-256")
	for _, x := range list {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%.12s\n", x.Name, x.Version, size(x.Size), x.Created.Local().Format("2006-01-02 15:04:05"), x.Digest)
	}
	return w.Flush()
}
