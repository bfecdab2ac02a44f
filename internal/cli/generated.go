package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"inkstone/runner/generate"
)

// decode generates and prints. What an interrupted call has generated is printed, too.
func (a *app) decode(ctx context.Context, generator *generate.Generator, requests []generate.Request, text string, g generating) error {
	shown := g.stream && !g.asJSON && len(requests) == 1
	blank := 0
	emit := func(e generate.Event) {
		if !shown {
			return
		}
		if e.Blank != blank {
			fmt.Fprintln(a.stdout)
			blank = e.Blank
		}
		fmt.Fprint(a.stdout, e.Text)
	}
	started := time.Now()
	results, err := generator.Generate(ctx, requests, emit)
	if err != nil && ctx.Err() == nil {
		return err
	}
	if shown {
		fmt.Fprintln(a.stdout)
		a.reportGeneration(results[0], time.Since(started))
		return err
	}
	return errors.Join(a.printGenerated(results, text, g), err)
}

// reportGeneration says on a terminal how a text ended.
func (a *app) reportGeneration(r generate.Result, took time.Duration) {
	fmt.Fprintf(a.stderr, "%s in %s; ended by: %s\n", plural(len(r.IDs), "token"), took.Round(time.Millisecond), r.Reason)
}

func (a *app) printGenerated(results []generate.Result, text string, g generating) error {
	type object struct {
		Prompt string `json:"prompt"`
		Row    int    `json:"row"`
		// Filled is the prompt with its blanks filled in.
		Filled string `json:"filled,omitempty"`
		generate.Result
	}
	objects := make([]object, len(results))
	for i, r := range results {
		objects[i] = object{Prompt: text, Row: i, Result: r}
		if r.Fills != nil {
			objects[i].Filled = generate.Filled(text, r.Fills)
		}
	}
	if g.asJSON {
		return writeJSON(a.stdout, objects)
	}
	for i, o := range objects {
		if len(objects) > 1 {
			fmt.Fprintf(a.stdout, "── %d\n", i+1)
		}
		fmt.Fprintln(a.stdout, strings.TrimSuffix(o.Text+o.Filled, "\n"))
	}
	return nil
}
