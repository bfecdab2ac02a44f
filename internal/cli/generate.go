package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"inkstone/runner"
	"inkstone/runner/generate"
	"inkstone/runner/pretrained"
	"inkstone/tracker"
)

// generating is what to generate, and how.
type generating struct {
	prompt, promptFile string
	step               int64
	count              int
	request            generate.Request
	stream, asJSON     bool
}

func (a *app) generate() *cobra.Command {
	var g generating
	c := &cobra.Command{
		Use:   "generate RUN",
		Short: "Go on from a prompt with a trained model, or fill in its blanks",
		Long: `Generate decodes text with a run's checkpoint: its newest intact one, or that of --step. RUN is an id, a unique prefix of one, or
experiment/variant/seed.

A model trained for the next token goes on from the prompt. One trained for infilling replaces every [MASK] of the prompt, from left
to right; a prompt without one gets one at its end.

Without --temperature the most probable token is taken. With it, tokens are drawn, and --seed decides the draws: the same seed gives the
same text, whatever --n is. Filters apply in this order: --repetition-penalty, --no-repeat-ngram, --temperature, --top-k, --top-p, --min-p.`,
		Example: `  inkstone generate demo/baseline/1 --prompt 'func main() {'
  inkstone generate demo/baseline/1 --prompt 'func main() {' --temperature 0.8 --top-p 0.95 --seed 7 --n 4
  inkstone generate infill/baseline/1 --prompt 'if err != nil { return [MASK] }' --json
  inkstone generate demo/baseline/1 --step 500 --prompt-file - < start.txt`,
		Args: exactArgs("RUN"),
		RunE: func(c *cobra.Command, args []string) error {
			if !c.Flags().Changed("stream") {
				_, g.stream = terminal(a.stdout)
			}
			return a.withRun(c.Context(), args[0], func(store *tracker.Store, run tracker.Run) error {
				return a.generateFrom(c.Context(), store, run, g)
			})
		},
	}
	f, s := c.Flags(), &g.request.Sampling
	f.StringVar(&g.prompt, "prompt", "", "the `text` to go on from, or with [MASK]")
	f.StringVar(&g.promptFile, "prompt-file", "", "read the prompt from a `file`, - for standard input")
	f.Int64Var(&g.step, "step", -1, "the checkpoint of this `step` (default: the newest)")
	f.IntVar(&g.count, "n", 1, "how many texts")
	f.IntVar(&g.request.MaxNewTokens, "max-new-tokens", 128, "at most this `many` tokens; 0 for all that the context holds")
	f.IntVar(&g.request.MinNewTokens, "min-new-tokens", 0, "at least this `many` tokens before an end")
	f.Float64Var(&s.Temperature, "temperature", 0, "draw from probabilities at this `temperature`; 0 takes the most probable token")
	f.IntVar(&s.TopK, "top-k", 0, "draw from the `k` most probable tokens")
	f.Float64Var(&s.TopP, "top-p", 0, "draw from the most probable tokens that together reach this `probability`")
	f.Float64Var(&s.MinP, "min-p", 0, "draw from tokens at least this `share` as probable as the most probable one")
	f.Float64Var(&s.RepetitionPenalty, "repetition-penalty", 1, "make tokens seen before less probable by this `factor`")
	f.IntVar(&s.NoRepeatNGram, "no-repeat-ngram", 0, "let no `n` tokens in a row occur twice")
	f.StringArrayVar(&g.request.Stop.Sequences, "stop", nil, "end before this `text`; may be given several times")
	f.Int64Var(&s.Seed, "seed", 0, "the `seed` of the draws")
	f.BoolVar(&g.stream, "stream", false, "show the text as it is generated (default: on a terminal)")
	f.BoolVar(&g.asJSON, "json", false, "an array of objects for programs")
	return a.withStore(c)
}

// mostTexts bounds --n, since all texts are in memory together.
const mostTexts = 1024

// generateFrom loads a run's model and generates.
func (a *app) generateFrom(ctx context.Context, store *tracker.Store, run tracker.Run, g generating) error {
	if g.count > mostTexts {
		return usagef("--n is %d: at most %d texts are decoded at once; take more with another --seed", g.count, mostTexts)
	}
	if g.count < 1 || g.count > 1 && g.request.Sampling.Temperature == 0 {
		return usagef("--n is %d: it must be positive, and more than one text differ with --temperature alone", g.count)
	}
	text, err := a.promptText(g)
	if err != nil {
		return err
	}
	path, err := runner.CheckpointPath(store.CheckpointDir(run.ID), g.step)
	if err != nil {
		return errUsage{err}
	}
	job, _, err := a.job(ctx, store, run)
	if err != nil {
		return err
	}
	defer job.Backend.Close()
	requests, err := g.requests(job, text)
	if err != nil {
		return errUsage{err}
	}
	generator, err := openGenerator(job, path)
	if err != nil {
		return err
	}
	defer generator.Close()
	return a.decode(ctx, generator, requests, text, g)
}

// promptText is the prompt, from where it was given.
func (a *app) promptText(g generating) (string, error) {
	if (g.prompt == "") == (g.promptFile == "") {
		return "", usagef("give a prompt with --prompt TEXT, or a file with --prompt-file FILE")
	}
	var text []byte
	var err error
	switch g.promptFile {
	case "":
		return g.prompt, nil
	case "-":
		text, err = io.ReadAll(a.stdin)
	default:
		text, err = os.ReadFile(g.promptFile)
	}
	if err != nil {
		return "", errUsage{fmt.Errorf("read the prompt: %w", err)}
	}
	return string(text), nil
}

// requests are as many as texts were asked for, and differ in their draws.
func (g generating) requests(job runner.Job, text string) ([]generate.Request, error) {
	made, err := runner.Prompted(job.Spec.Objective, job.Prepared.Tokenizer, text)
	if err != nil {
		return nil, err
	}
	r := g.request
	r.Prompt, r.Blanks, r.Stop.IDs = made.Prompt, made.Blanks, made.Stop.IDs
	requests := make([]generate.Request, g.count)
	for i := range requests {
		requests[i] = r
		requests[i].Row = i
		if err := r.Check(job.Spec.Train.SequenceLength, job.Prepared.Tokenizer.VocabSize()); err != nil {
			return nil, err
		}
	}
	return requests, nil
}

// openGenerator loads a checkpoint whose bytes are those that were written.
func openGenerator(job runner.Job, path string) (*generate.Generator, error) {
	checkpoint, err := pretrained.OpenRun(path, job.Spec)
	if err != nil {
		return nil, err
	}
	defer checkpoint.Close()
	if err := checkpoint.Archive.Verify(); err != nil {
		return nil, err
	}
	return generate.New(generate.Config{
		Backend: job.Backend.Compute, Model: job.Spec.Model, Values: checkpoint.Floats, Context: job.Spec.Train.SequenceLength,
		Vocab: job.Prepared.Tokenizer.VocabSize(), Decoder: job.Prepared.Tokenizer,
	})
}
