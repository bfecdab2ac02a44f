package cli

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"inkstone/internal/thousands"
	"inkstone/runner"
	"inkstone/runner/backend"
	"inkstone/runner/launch"
)

// planJSON is the plan for programs.
type planJSON struct {
	Experiment string        `json:"experiment"`
	Question   string        `json:"question"`
	Backend    backend.Name  `json:"backend"`
	Slots      int           `json:"slots"`
	Seeds      []int64       `json:"seeds"`
	Trials     int           `json:"trials"`
	Seconds    float64       `json:"estimated_seconds"`
	Variants   []variantJSON `json:"variants"`
}

type variantJSON struct {
	Name       string  `json:"name"`
	Changes    string  `json:"changes"`
	Parameters int64   `json:"parameters"`
	Steps      int     `json:"steps"`
	Tokens     int64   `json:"tokens"`
	Captures   int64   `json:"capture_bytes"`
	Seconds    float64 `json:"estimated_seconds"`
}

func (a *app) plan() *cobra.Command {
	var sets, variants []string
	var slots int
	var asJSON bool
	c := &cobra.Command{
		Use:   "plan SPEC",
		Short: "Show what a spec would train: variants, seeds, parameters, tokens, time",
		Long: `Plan checks a spec and shows its trials with their size, the backend that would train them, and an estimate of the time.
It trains nothing.`,
		Example: `  inkstone plan experiments/library/demo.yaml
  inkstone plan my.yaml --set seeds=3 --json`,
		Args: exactArgs("SPEC"),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := readStudy(c.Context(), args[0], sets, variants)
			if err != nil {
				return err
			}
			chosen, err := backend.Choose(c.Context(), s.spec().Run.Backend, backend.Options{})
			if err != nil {
				return usagef("%w", err)
			}
			slots := slotCount(slots, s.spec().Run.Slots, chosen)
			if asJSON {
				return writeJSON(a.stdout, newPlanJSON(s, chosen, slots))
			}
			return writePlan(a.stdout, s, nil, chosen, slots)
		},
	}
	setsFlag(c, &sets)
	c.Flags().StringSliceVar(&variants, "variants", nil, "only the baseline and these `names`")
	c.Flags().IntVar(&slots, "slots", 0, "attempts at once (default: the spec's run.slots, or one per core)")
	c.Flags().BoolVar(&asJSON, "json", false, "an object for programs")
	return c
}

// estimate is how long one trial of a variant takes in one of several slots.
func estimate(s *study, variant int, chosen backend.Candidate, slots int) time.Duration {
	threads := len(launch.Share(launch.Cores(), 0, slots))
	return runner.Estimate(s.Variants[variant].Spec, s.sizes[variant], chosen.Name, threads)
}

// estimateAll is how long the trials take that finished leaves.
func estimateAll(s *study, finished map[string]int, chosen backend.Candidate, slots int) time.Duration {
	var sum time.Duration
	for i, v := range s.Variants {
		sum += time.Duration(len(s.spec().Seeds)-finished[v.Name]) * estimate(s, i, chosen, slots)
	}
	return sum / time.Duration(max(min(slots, len(s.Trials)), 1))
}

func newPlanJSON(s *study, chosen backend.Candidate, slots int) planJSON {
	p := planJSON{
		Experiment: s.spec().Name, Question: s.spec().Question, Backend: chosen.Name, Slots: slots, Seeds: s.spec().Seeds,
		Trials: len(s.Trials), Seconds: estimateAll(s, nil, chosen, slots).Seconds(),
	}
	for i, v := range s.Variants {
		f := s.sizes[i]
		p.Variants = append(p.Variants, variantJSON{
			Name: v.Name, Changes: changes(v), Parameters: f.Parameters, Steps: v.Spec.Train.MaxSteps, Tokens: f.Tokens,
			Captures: f.CaptureBytes, Seconds: estimate(s, i, chosen, slots).Seconds(),
		})
	}
	return p
}

// printPlan shows the plan of a run before it starts, on standard error.
func (a *app) printPlan(s *study, e *enrolment, chosen backend.Candidate, slots int) {
	_ = writePlan(a.stderr, s, e, chosen, slots)
}

// writePlan prints the plan; with an enrolment it says how many trials the store holds already.
func writePlan(w io.Writer, s *study, e *enrolment, chosen backend.Candidate, slots int) error {
	spec := s.spec()
	fmt.Fprintf(w, "%s: %s\n\n", spec.Name, spec.Question)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "variant\tparameters\tsteps\ttokens\ttime a trial\t")
	if e != nil {
		fmt.Fprint(t, "done\t")
	}
	fmt.Fprintln(t, "  changes")
	for i, v := range s.Variants {
		f := s.sizes[i]
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t", v.Name, thousands.Int(f.Parameters), v.Spec.Train.MaxSteps, count(float64(f.Tokens)),
			duration(estimate(s, i, chosen, slots)))
		if e != nil {
			fmt.Fprintf(t, "%d of %d\t", e.finished[v.Name], len(spec.Seeds))
		}
		fmt.Fprintln(t, "  "+changes(v))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print plan: %w", err)
	}
	var finished map[string]int
	missing := len(s.Trials)
	if e != nil {
		finished, missing = e.finished, len(e.tasks)
	}
	cores := len(launch.Share(launch.Cores(), 0, slots))
	fmt.Fprintf(w, "\n%s", s.summary())
	if missing < len(s.Trials) {
		fmt.Fprintf(w, ", %d of them in the store already", len(s.Trials)-missing)
	}
	fmt.Fprintf(w, "\nbackend %s: %s\n", chosen.Name, chosen.Reason)
	fmt.Fprintf(w, "%d at a time on %s each: about %s (an estimate from parameters and tokens; the progress display measures)\n", slots, plural(cores, "core"),
		duration(estimateAll(s, finished, chosen, slots)))
	return nil
}
