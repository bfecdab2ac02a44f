package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"inkstone/tracker"
)

func (a *app) token() *cobra.Command {
	c := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke the tokens of those who come from other machines",
		Long: `A token lets a browser or a program in where "inkstone serve" asks for one: to read, or to record and change as well. The
store keeps only its digest.`,
		Example: `  inkstone token create "wall screen" --role read
  inkstone token create slurm --role write --expires 90d
  inkstone token revoke slurm`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.tokenCreate(), a.tokenList(), a.tokenRevoke())
	return c
}

func (a *app) tokenCreate() *cobra.Command {
	var role, expires string
	c := &cobra.Command{
		Use:   "create NAME",
		Short: "Make a token, and show it this once",
		Long: `Create prints a new token, which nothing shows again: keep it where secrets are kept. Browsers show it on the page of login;
programs take it from INKSTONE_TOKEN.`,
		Example: `  inkstone token create laptop --role read
  INKSTONE_TOKEN=$(inkstone token create slurm --role write --expires 90d)`,
		Args: exactArgs("NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			ends, err := expiry(expires, time.Now())
			if err != nil {
				return err
			}
			store, err := tracker.Open(a.storeDir, tracker.Options{})
			if err != nil {
				return err
			}
			defer store.Close()
			secret, t, err := store.CreateToken(c.Context(), args[0], tracker.Role(role), ends)
			if errors.Is(err, tracker.ErrInvalid) || errors.Is(err, tracker.ErrConflict) {
				return errUsage{err}
			}
			if err != nil {
				return err
			}
			fmt.Fprintln(a.stdout, secret)
			fmt.Fprintf(a.stderr, "token %q may %s, %s; it is not shown again\n", t.Name, allowed(t.Role), validity(t))
			return nil
		},
	}
	c.Flags().StringVar(&role, "role", string(tracker.RoleRead), "read, or write: to record and change as well")
	c.Flags().StringVar(&expires, "expires", "", "how `long` it is valid, such as 90d or 12h; for ever by default")
	return a.withStore(c)
}

func (a *app) tokenList() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the tokens, without what is secret of them",
		Example: "  inkstone token list",
		Args:    exactArgs(),
		RunE: func(c *cobra.Command, _ []string) error {
			store, err := a.openStore()
			if err != nil {
				return err
			}
			defer store.Close()
			list, err := store.Tokens(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(a.stdout, append([]tracker.Token{}, list...))
			}
			if len(list) == 0 {
				fmt.Fprintln(a.stdout, "no tokens; `inkstone token create NAME --role read` makes one")
				return nil
			}
			w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tROLE\tCREATED\tLAST USED\tVALID")
			for _, t := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", t.Name, t.Role, t.Created.Local().Format(time.DateOnly), lastUse(t), validity(t))
			}
			return w.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "an array for programs")
	return a.withStore(c)
}

func (a *app) tokenRevoke() *cobra.Command {
	return a.withStore(&cobra.Command{
		Use:     "revoke NAME",
		Short:   "End a token, and every session that it opened",
		Example: "  inkstone token revoke slurm",
		Args:    exactArgs("NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			store, err := a.openToWrite()
			if err != nil {
				return err
			}
			defer store.Close()
			if err := store.RevokeToken(c.Context(), args[0]); errors.Is(err, tracker.ErrNotFound) {
				return errUsage{err}
			} else if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "revoked %q\n", args[0])
			return nil
		},
	})
}

// expiry reads how long a token is valid: days, or a duration. Nothing means for ever.
func expiry(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 100_000 {
			return now.AddDate(0, 0, n), nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return time.Time{}, usagef("--expires %q: want days or hours, such as 90d or 12h", text)
	}
	return now.Add(d), nil
}

func allowed(r tracker.Role) string {
	if r == tracker.RoleWrite {
		return "read, record and change"
	}
	return "read"
}

func validity(t tracker.Token) string {
	switch {
	case t.Expires.IsZero():
		return "until it is revoked"
	case t.Expired(time.Now()):
		return "expired " + t.Expires.Local().Format(time.DateOnly)
	}
	return "until " + t.Expires.Local().Format(time.DateTime)
}

func lastUse(t tracker.Token) string {
	if t.Used.IsZero() {
		return "never"
	}
	return t.Used.Local().Format("2006-01-02 15h")
}
