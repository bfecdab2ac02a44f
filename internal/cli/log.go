package cli

import (
	"context"
	"fmt"
	"os"
	"regexp"

	"github.com/spf13/cobra"

	"inkstone/tracker"
)

// reading is which lines of a run's logs are wanted.
type reading struct {
	attempt, from, lines int
	pattern              string
	asJSON               bool
}

// allLines is more than any log has.
const allLines = 1 << 40

func (a *app) log() *cobra.Command {
	var r reading
	c := &cobra.Command{
		Use:   "log RUN",
		Short: "Print what a run's attempts wrote to standard output and error",
		Long: `Log prints the logs of a run's attempts, all of them or the lines that are asked for. Lines are counted from 1, or from the end
where the number is negative.`,
		Example: `  inkstone log demo/baseline/1
  inkstone log demo/baseline/1 --from -20
  inkstone log demo/baseline/1 --grep 'loss (NaN|Inf)' --attempt 2`,
		Args: exactArgs("RUN"),
		RunE: func(c *cobra.Command, args []string) error {
			if r.lines <= 0 {
				r.lines = allLines
			}
			pattern, err := regexp.Compile(r.pattern)
			if err != nil {
				return usagef("--grep: %w", err)
			}
			return a.withRun(c.Context(), args[0], func(store *tracker.Store, run tracker.Run) error {
				first, last := r.attempt, r.attempt
				if r.attempt == 0 {
					first, last = 1, lastLog(store, run)
				}
				for n := first; n <= last; n++ {
					if err := a.printLog(c.Context(), store, run.ID, n, r, pattern); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	c.Flags().IntVar(&r.attempt, "attempt", 0, "only this attempt's; 0 means all")
	c.Flags().IntVar(&r.from, "from", 1, "the first line, or the how manieth from the end: -20")
	c.Flags().IntVar(&r.lines, "lines", 0, "at most so many of each attempt; 0 means all")
	c.Flags().StringVar(&r.pattern, "grep", "", "only lines that match this `expression`, with their numbers")
	c.Flags().BoolVar(&r.asJSON, "json", false, "an object for each line, for programs")
	return a.withStore(c)
}

// lastLog is the newest attempt that wrote one: it may have been refused before it began.
func lastLog(store *tracker.Store, run tracker.Run) int {
	last := len(run.Attempts)
	for {
		if _, err := os.Stat(store.LogPath(run.ID, last+1)); err != nil {
			return last
		}
		last++
	}
}

func (a *app) printLog(ctx context.Context, store *tracker.Store, run string, attempt int, r reading, pattern *regexp.Regexp) (err error) {
	var lines []tracker.Line
	if r.pattern != "" {
		lines, err = store.SearchLog(ctx, run, attempt, pattern, 1, r.lines)
	} else {
		lines, _, err = store.LogLines(ctx, run, attempt, r.from, r.lines)
	}
	if err != nil {
		return err
	}
	for _, l := range lines {
		switch {
		case r.asJSON:
			err = writeJSON(a.stdout, struct {
				Attempt int `json:"attempt"`
				tracker.Line
			}{attempt, l})
		case r.pattern != "":
			_, err = fmt.Fprintf(a.stdout, "%d:%d: %s\n", attempt, l.Number, l.Text)
		default:
			_, err = fmt.Fprintln(a.stdout, l.Text)
		}
		if err != nil {
			return fmt.Errorf("print the log: %w", err)
		}
	}
	return nil
}
