package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"inkstone/notebooks"
	"inkstone/runner/backend"
	"inkstone/runner/dispatch"
	"inkstone/runner/launch"
	"inkstone/server"
	"inkstone/tracker"
)

// runFlags are the flags of inkstone run.
type runFlags struct {
	sets, variants []string
	slots          int
	addr           string
	addrAsked      bool
	json, restart  bool
}

func (a *app) run() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run SPEC",
		Short: "Train what is missing of a spec, live in the browser, and print its table",
		Long: `Run plans a spec's trials, trains those that the store does not hold yet, and prints the ablation table. Finished trials
are not trained again, interrupted ones go on from their last checkpoint. Ctrl-C stops cleanly and loses nothing: the same
command completes the rest. The exit status is 1 if a trial failed.`,
		Example: `  inkstone run experiments/library/demo.yaml
  inkstone run my.yaml --set train.max_steps=50 --set seeds=2 --store /data/trial
  inkstone run my.yaml --slots 1 --addr off --json`,
		Args: exactArgs("SPEC"),
		RunE: func(c *cobra.Command, args []string) error {
			f.addrAsked = c.Flags().Changed("addr")
			return a.runSpec(c.Context(), args[0], f)
		},
	}
	setsFlag(c, &f.sets)
	c.Flags().StringSliceVar(&f.variants, "variants", nil, "only the baseline and these `names`")
	c.Flags().IntVar(&f.slots, "slots", 0, "attempts at once, each on its share of the cores (default: the spec's run.slots, or one per core)")
	c.Flags().BoolVar(&f.json, "json", false, "one JSON object per event, the last with the table")
	c.Flags().BoolVar(&f.restart, "restart", false, "begin unfinished trials at step 0, whatever checkpoints there are")
	addrFlag(c, &f.addr)
	return a.withStore(c)
}

func (a *app) runSpec(ctx context.Context, file string, f runFlags) error {
	if f.slots < 0 {
		return usagef("--slots %d: want a positive number", f.slots)
	}
	s, err := readStudy(ctx, file, f.sets, f.variants)
	if err != nil {
		return err
	}
	chosen, err := backend.Choose(ctx, s.spec().Run.Backend, backend.Options{})
	if err != nil {
		return usagef("%w", err)
	}
	store, err := tracker.Open(a.storeDir, tracker.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	unlock, err := store.LockExperiment(s.spec().Name)
	if err != nil {
		return err
	}
	defer unlock()
	e, err := a.enroll(ctx, store, s)
	if err != nil {
		return err
	}
	slots := slotCount(f.slots, s.spec().Run.Slots, chosen)
	a.printPlan(s, e, chosen, slots)
	return a.trainAndReport(ctx, store, s, e, chosen, slots, f)
}

// slotCount is how many attempts run at once: the flag, the spec, or one per core (one on a GPU).
func slotCount(flag, spec int, chosen backend.Candidate) int {
	switch {
	case flag > 0:
		return flag
	case spec > 0:
		return spec
	case chosen.Name == backend.XLACUDA:
		return 1
	}
	return len(launch.Cores())
}

// trainAndReport serves the dashboard while the trials train, then prints the table.
func (a *app) trainAndReport(ctx context.Context, store *tracker.Store, s *study, e *enrolment, chosen backend.Candidate, slots int, f runFlags) error {
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	wait, err := a.dashboard(serving, store, f)
	defer func() { stopServing(); wait() }()
	if err != nil {
		return err
	}
	outcomes, err := a.dispatch(ctx, store, s, e, chosen, slots, f)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		fmt.Fprintf(a.stderr, "\n%v; nothing recorded is lost, the same command goes on from here\n", context.Cause(ctx))
		return context.Cause(ctx)
	}
	if err := a.report(context.WithoutCancel(ctx), store, s, f); err != nil {
		return err
	}
	return failures(outcomes)
}

// dashboard starts the server and the store's upkeep, and returns a function that waits for both.
func (a *app) dashboard(ctx context.Context, store *tracker.Store, f runFlags) (wait func(), err error) {
	kept := a.keepStore(ctx, store)
	if f.addr == "off" {
		return kept, nil
	}
	listener, err := listenHere(f.addr, f.addrAsked)
	if err != nil {
		return kept, err
	}
	fmt.Fprintf(a.stderr, "dashboard: http://%s/\n\n", listener.Addr())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.New(server.Config{Store: store, Version: buildVersion()}).Serve(ctx, listener); err != nil && ctx.Err() == nil {
			fmt.Fprintf(a.stderr, "the dashboard ended: %v; training goes on\n", err)
		}
	}()
	return func() { <-done; kept() }, nil
}

// dispatch trains the tasks and shows their progress.
func (a *app) dispatch(ctx context.Context, store *tracker.Store, s *study, e *enrolment, chosen backend.Candidate, slots int, f runFlags) ([]dispatch.Outcome, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	if err := wantAll(ctx, store, s.spec().Name, e.tasks); err != nil {
		return nil, err
	}
	local := launch.Local{Executable: executable, Env: []string{"INKSTONE_BACKEND=" + string(chosen.Name)}}
	show := newProgress(a.stderr, len(s.Trials), len(s.Trials)-len(e.tasks), a.reached(ctx, store, s.spec().Compare.Metric))
	defer show.close()
	cfg := dispatch.Config{
		Start: func(r launch.Request) (dispatch.Process, error) { return local.Start(r) },
		Args: func(t dispatch.Task) []string {
			args := []string{"attempt", t.Run, "--store", store.Dir()}
			if f.restart {
				args = append(args, "--restart")
			}
			return args
		},
		Store: store, Slots: slots, Cores: launch.Cores(), Grace: stopGrace,
		Limits: dispatch.Limits{Compile: 15 * time.Minute, Silence: 15 * time.Minute},
		Report: show.event,
	}
	if f.json {
		cfg.Report = a.jsonEvents
	}
	return dispatch.Run(ctx, cfg, e.tasks), nil
}

// wantAll takes back every wish to stop: whoever starts the command wants all of it.
func wantAll(ctx context.Context, store *tracker.Store, experiment string, tasks []dispatch.Task) error {
	scopes := []tracker.Scope{{Experiment: experiment}}
	for _, task := range tasks {
		scopes = append(scopes, tracker.Scope{Run: task.Run})
	}
	for _, scope := range scopes {
		desired, err := store.Desired(ctx, scope)
		if err == nil && desired != "run" {
			err = store.SetDesired(ctx, scope, "run")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// reached words the metric that the experiment is about.
func (a *app) reached(ctx context.Context, store *tracker.Store, metric string) func(run string) string {
	return func(id string) string {
		run, err := store.Run(context.WithoutCancel(ctx), id)
		if err != nil {
			return ""
		}
		return fmt.Sprintf(", %s %s", metric, cellOf(run, metric))
	}
}

// jsonEvents writes events for programs; beats are left out, the store has the points.
func (a *app) jsonEvents(e dispatch.Event) {
	if e.Kind == dispatch.Progressed {
		return
	}
	event := map[string]any{
		"event": e.Kind, "run": e.Task.Run, "variant": e.Task.Variant, "seed": e.Task.Seed, "attempt": e.Attempt,
	}
	if e.Kind == dispatch.Ended {
		event["status"], event["error"] = e.Outcome.Status, e.Outcome.Reason
	}
	_ = json.NewEncoder(a.stdout).Encode(event)
}

// report prints the table and where everything lies.
func (a *app) report(ctx context.Context, store *tracker.Store, s *study, f runFlags) error {
	name := s.spec().Name
	table, err := notebooks.Table(ctx, store, name, "")
	if err != nil {
		return err
	}
	if f.json {
		return json.NewEncoder(a.stdout).Encode(map[string]any{"event": "table", "table": table})
	}
	fmt.Fprintln(a.stderr)
	if err := table.WriteText(a.stdout, a.textOptions()); err != nil {
		return err
	}
	return a.printWhere(store, s)
}

// printWhere says where everything lies and how to look at it again.
func (a *app) printWhere(store *tracker.Store, s *study) error {
	where := a.storeFlag()
	fmt.Fprintf(a.stderr, "\nEverything lies in %s. Look at it again:\n", store.Dir())
	w := tabwriter.NewWriter(a.stderr, 0, 0, 3, ' ', 0)
	fmt.Fprintf(w, "  inkstone serve%s\tthe dashboard\n", where)
	fmt.Fprintf(w, "  inkstone table %s%s\tthis table\n", s.spec().Name, where)
	fmt.Fprintf(w, "  inkstone plot %s -o figure.svg%s\tits curves as a figure\n", s.spec().Name, where)
	return w.Flush()
}

// failures is the error of a dispatch: how many trials did not finish.
func failures(outcomes []dispatch.Outcome) error {
	failed, stopped := 0, 0
	for _, o := range outcomes {
		switch o.Status {
		case tracker.Finished:
		case tracker.Stopped:
			stopped++
		default:
			failed++
		}
	}
	switch {
	case failed > 0:
		return fmt.Errorf("%s failed; `inkstone runs` lists them, `inkstone show RUN` says why", plural(failed, "trial"))
	case stopped > 0:
		return errors.New(plural(stopped, "trial") + " stopped; the same command goes on with what is missing")
	}
	return nil
}
