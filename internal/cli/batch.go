package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"inkstone/experiments"
	"inkstone/runner/data"
	"inkstone/runner/objective"
	"inkstone/tracker"
)

// batchFlags are the flags of inkstone batch.
type batchFlags struct {
	sets    []string
	variant string
	seed    int64
	seeded  bool
	step    int
	row     int // -1: an overview of all
	json    bool
}

// feed is where the batches of a trial come from.
type feed struct {
	trial    string // experiment/variant/seed
	spec     experiments.Spec
	seed     int64
	prepared *data.Prepared
}

func (a *app) batch() *cobra.Command {
	var f batchFlags
	c := &cobra.Command{
		Use:   "batch SPEC|RUN",
		Short: "Show the batch of a training step: tokens, targets, masks, positions, documents",
		Long: `Batch shows what a step is trained on. Batches are a function of the data, the seed and the step, so that any step of a run, or of a
spec that was never run, can be seen. RUN is an id, a unique prefix of one, or experiment/variant/seed. The data of a SPEC is prepared
where it is not yet.

Without --row there is a line for each sequence; with it, one for each token: where it stands, what the model reads, and what it
is to predict there. Part A sees all of itself; behind it, each token sees those before it.`,
		Example: `  inkstone batch demo/baseline/1 --step 400
  inkstone batch demo/baseline/1 --step 400 --row 0
  inkstone batch experiments/library/go-infill.yaml --variant learned --seed 2 --row 3
  inkstone batch my.yaml --set data.packing=documents --json`,
		Args: exactArgs("SPEC or RUN"),
		RunE: func(c *cobra.Command, args []string) error {
			f.seeded = c.Flags().Changed("seed")
			return a.withFeed(c.Context(), args[0], f, func(from feed) error { return a.showBatch(from, f) })
		},
	}
	setsFlag(c, &f.sets)
	c.Flags().StringVar(&f.variant, "variant", "", "of a SPEC: the variant's `name` (default: the baseline)")
	c.Flags().Int64Var(&f.seed, "seed", 0, "of a SPEC: the `seed` (default: its first)")
	c.Flags().IntVar(&f.step, "step", 1, "the `step`, from 1")
	c.Flags().IntVar(&f.row, "row", -1, "only this `row`, from 0, token by token")
	c.Flags().BoolVar(&f.json, "json", false, "an object for programs, with every token")
	return a.withStore(c)
}

// withFeed opens the data of a spec's file or of a run.
func (a *app) withFeed(ctx context.Context, ref string, f batchFlags, use func(feed) error) error {
	if isSpecFile(ref) {
		return a.withSpecFeed(ctx, ref, f, use)
	}
	if f.variant != "" || f.seeded || len(f.sets) > 0 {
		return usagef("--variant, --seed and --set go with a spec's file; %q would be a run, which has its own", ref)
	}
	return a.withRun(ctx, ref, func(store *tracker.Store, run tracker.Run) error {
		from := feed{trial: run.Name(), seed: run.Seed}
		var err error
		if from.spec, err = specOf(run); err != nil {
			return err
		}
		if from.prepared, err = data.Open(from.spec, contentOf(run), store.CacheDir()); err != nil {
			return err
		}
		defer from.prepared.Close()
		return use(from)
	})
}

// isSpecFile tells a spec's file from a run's name.
func isSpecFile(ref string) bool {
	info, err := os.Stat(ref)
	return err == nil && info.Mode().IsRegular() || slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(filepath.Ext(ref)))
}

// withSpecFeed prepares the data of a spec's variant in the store's cache.
func (a *app) withSpecFeed(ctx context.Context, file string, f batchFlags, use func(feed) error) error {
	from, err := specFeed(ctx, file, f)
	if err != nil {
		return err
	}
	store, err := tracker.Open(a.storeDir, tracker.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	bar := newBar(a.stderr)
	from.prepared, err = data.Prepare(ctx, from.spec, store.CacheDir(), bar.show)
	bar.close()
	if err != nil {
		return fmt.Errorf("prepare the data of %s: %w", from.trial, err)
	}
	defer from.prepared.Close()
	return use(from)
}

// specFeed is the variant and the seed that the flags name.
func specFeed(ctx context.Context, file string, f batchFlags) (feed, error) {
	s, err := readStudy(ctx, file, f.sets, nil)
	if err != nil {
		return feed{}, err
	}
	name, seed := f.variant, f.seed
	if name == "" {
		name = s.spec().Compare.Baseline
	}
	if !f.seeded {
		seed = s.spec().Seeds[0]
	}
	var names []string
	for _, v := range s.Variants {
		if v.Name == name {
			return feed{trial: fmt.Sprintf("%s/%s/%d", s.spec().Name, name, seed), spec: v.Spec, seed: seed}, nil
		}
		names = append(names, v.Name)
	}
	return feed{}, usagef("--variant: there is no variant %q; the spec has %s", name, strings.Join(names, ", "))
}

// showBatch builds the batch and prints it.
func (a *app) showBatch(from feed, f batchFlags) error {
	if steps := from.spec.Train.MaxSteps; f.step < 1 || f.step > steps {
		return usagef("--step %d: %s trains steps 1 to %d", f.step, from.trial, steps)
	}
	if rows := from.spec.Train.GlobalBatchSize; f.row < -1 || f.row >= rows {
		return usagef("--row %d: a batch of %s has rows 0 to %d", f.row, from.trial, rows-1)
	}
	source, err := objective.NewSource(from.prepared, from.spec, from.seed)
	if err != nil {
		return err
	}
	shown := describeBatch(from, f.step, source.Train(f.step))
	if f.row >= 0 {
		shown.Rows = shown.Rows[f.row : f.row+1]
	}
	switch {
	case f.json:
		return writeJSON(a.stdout, shown)
	case f.row >= 0:
		return shown.writeRow(a.stdout)
	}
	return shown.writeRows(a.stdout)
}
