package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"inkstone/tracker"
)

func (a *app) tag() *cobra.Command {
	var set, remove []string
	c := &cobra.Command{
		Use:   "tag [RUN …]",
		Short: "Give runs tags, or take them away",
		Example: `  inkstone tag demo/baseline/1 --set paper --set figure=3
  inkstone tag --where 'val/loss is nan' --set broken --remove paper`,
	}
	tag := a.onRuns(c, func(ctx context.Context, store *tracker.Store, ids []string) error {
		change := tracker.Retag{Set: map[string]string{}, Remove: remove}
		for _, s := range set {
			name, value, _ := strings.Cut(s, "=")
			change.Set[name] = value
		}
		if len(set)+len(remove) == 0 {
			return usagef("say what to --set or --remove")
		}
		err := store.Tag(ctx, ids, change)
		if err == nil {
			fmt.Fprintf(a.stdout, "tagged %s\n", plural(len(ids), "run"))
		}
		return err
	})
	c.Flags().StringArrayVar(&set, "set", nil, "a `tag` or tag=value, once or more")
	c.Flags().StringArrayVar(&remove, "remove", nil, "a `tag` to take away, once or more")
	return tag
}

func (a *app) note() *cobra.Command {
	var history bool
	c := &cobra.Command{
		Use:   "note SUBJECT [TEXT]",
		Short: "Read or write the note of a run or an experiment",
		Long: `Note prints the note of SUBJECT, a run or an experiment, or replaces it by TEXT, which is Markdown; - reads it from standard
input. Earlier notes are kept.`,
		Example: `  inkstone note demo "The gap closes after 2,000 steps."
  inkstone note demo/baseline/1 - <observation.md
  inkstone note demo --history`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 1 || len(args) == 2 {
				return nil
			}
			return exactArgs("SUBJECT")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 2 {
				return a.writeNote(c.Context(), args[0], args[1])
			}
			return a.printNotes(c.Context(), args[0], history)
		},
	}
	c.Flags().BoolVar(&history, "history", false, "print earlier notes, too")
	return a.withStore(c)
}

// subject finds what a name means: an experiment, or else a run.
func subject(ctx context.Context, store *tracker.Store, name string) (tracker.Scope, error) {
	if _, err := store.Plan(ctx, name); err == nil {
		return tracker.Scope{Experiment: name}, nil
	} else if !errors.Is(err, tracker.ErrNotFound) {
		return tracker.Scope{}, err
	}
	run, err := store.Run(ctx, name)
	return tracker.Scope{Run: run.ID}, err
}

func (a *app) writeNote(ctx context.Context, name, text string) error {
	text, err := a.statement(text)
	if err != nil {
		return err
	}
	store, err := a.openToWrite()
	if err != nil {
		return err
	}
	defer store.Close()
	about, err := subject(ctx, store, name)
	if err != nil {
		return err
	}
	return store.WriteNote(ctx, about, text)
}

func (a *app) printNotes(ctx context.Context, name string, history bool) error {
	store, err := a.openStore()
	if err != nil {
		return err
	}
	defer store.Close()
	about, err := subject(ctx, store, name)
	if err != nil {
		return err
	}
	notes, err := store.Notes(ctx, about)
	if err != nil {
		return err
	}
	if len(notes) == 0 {
		fmt.Fprintf(a.stderr, "no note; `inkstone note %s TEXT` writes one\n", name)
	}
	for i, n := range notes {
		if history {
			fmt.Fprintf(a.stdout, "— %s\n", n.Written.Local().Format("2006-01-02 15:04:05"))
		}
		fmt.Fprintln(a.stdout, strings.TrimRight(n.Text, "\n"))
		if i == 0 && !history {
			return nil
		}
	}
	return nil
}
