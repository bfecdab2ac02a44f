package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"

	"inkstone/experiments/decode"
	"inkstone/runner/backend"
	"inkstone/tracker"
)

// Exit statuses.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// app is what every command shares.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	storeDir       string
}

// Main runs the command line and returns the exit status. It is the whole program but for os.Exit.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	backend.MaybeProbe()
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	ctx, stop := interruptible()
	defer stop()
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(stderr, "inkstone: "+strings.TrimRight(text, "\n"))
	}
	return exitStatus(err)
}

// interruptible ends the context at the first interrupt; the second one kills, since the handler is then gone.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, stopSignals...)
	done := make(chan struct{})
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			signal.Reset(stopSignals...)
			cancel(errInterrupted{s})
		case <-done:
		}
	}()
	return ctx, func() { close(done); signal.Stop(signals); cancel(nil) }
}

// errInterrupted is the cause of a context that a signal ended.
type errInterrupted struct{ signal os.Signal }

func (e errInterrupted) Error() string { return "stopped by " + e.signal.String() }

// errUsage is a mistake of the caller's.
type errUsage struct{ err error }

func (e errUsage) Error() string { return e.err.Error() }
func (e errUsage) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return errUsage{fmt.Errorf(format, args...)} }

func exitStatus(err error) int {
	var spec *decode.Errors
	var usage errUsage
	var interrupted errInterrupted
	switch {
	case errors.As(err, &spec), errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &interrupted):
		return exitInterrupted
	}
	return exitFailure
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "inkstone",
		Short: "A research notebook for people who train language models of the GLM family",
		Long: `Inkstone reads an experiment in YAML, plans its trials, trains them, records everything in a store, shows it live
in the browser, and ends with a table that you can defend.`,
		Example: `  inkstone check experiments/library/demo.yaml
  inkstone run experiments/library/demo.yaml
  inkstone serve`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(flagMistake)
	root.AddCommand(a.check(), a.plan(), a.run(), a.batch(), a.generate(), a.attempt(), a.serve(), a.runs(), a.show(), a.log(), a.points(), a.table(), a.compare(),
		a.plot(), a.sql(), a.sync(), a.token(), a.tag(), a.note(), a.artifacts(), a.delete(), a.undelete(), a.collect(), a.fsck(), a.backup(),
		a.restore(), a.export(), a.importArchive(), a.weights(), a.backends(), a.presets(), a.version())
	return root
}

// withStore adds --store to a command that works on one.
func (a *app) withStore(c *cobra.Command) *cobra.Command {
	c.Flags().StringVar(&a.storeDir, "store", defaultStore(), "the store's `folder` (or $INKSTONE_STORE)")
	return c
}

// defaultStore is the store of commands that name none.
func defaultStore() string {
	if dir := os.Getenv("INKSTONE_STORE"); dir != "" {
		return dir
	}
	return ".inkstone"
}

// storeFlag is what a command needs behind it to reach the same store.
func (a *app) storeFlag() string {
	if a.storeDir == defaultStore() {
		return ""
	}
	return " --store " + a.storeDir
}

// openStore opens an existing store for reading; a missing one is answered with how to make it.
func (a *app) openStore() (*tracker.Store, error) {
	if _, err := os.Stat(a.storeDir); errors.Is(err, os.ErrNotExist) {
		return nil, usagef("there is no store at %q; `inkstone run SPEC` makes one, --store or INKSTONE_STORE names another", a.storeDir)
	}
	return tracker.Open(a.storeDir, tracker.Options{ReadOnly: true})
}

// withRun opens an existing store for reading and finds a run in it.
func (a *app) withRun(ctx context.Context, ref string, use func(store *tracker.Store, run tracker.Run) error) error {
	store, err := a.openStore()
	if err != nil {
		return err
	}
	defer store.Close()
	run, err := store.Run(ctx, ref)
	if err != nil {
		return err
	}
	return use(store, run)
}

// exactArgs asks for the named arguments, in words.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		return usagef("%s needs %s, got %d argument(s); `%s --help` has an example",
			c.CommandPath(), strings.Join(names, " and "), len(args), c.CommandPath())
	}
}
