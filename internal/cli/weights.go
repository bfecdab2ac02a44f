package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"inkstone/runner"
	"inkstone/runner/pretrained"
	"inkstone/tracker"
)

func (a *app) weights() *cobra.Command {
	c := &cobra.Command{
		Use:   "weights",
		Short: "Look into weights, and convert them between the forms in which models are published",
		Long: `Weights reads safetensors files: those of runs, and those of published models in each of the family's forms:

  glm, glm4     transformers' own, of GLM-4-9B, GLM-Edge, GLM-4-0414
  chatglm       the remote code of ChatGLM2, ChatGLM3, GLM-4
  chatglm-6b    the remote code of ChatGLM-6B
  glm-original  GLM of 2021
  bert          transformers' own`,
		Example: `  inkstone weights show glm-4-9b-chat
  inkstone weights convert glm-4-9b-chat converted --as glm`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(a.showWeights(), a.convertWeights())
	return c
}

func layoutFlag(c *cobra.Command, layout *string) {
	c.Flags().StringVar(layout, "qkv", "", "for chatglm-6b: how its fused projection is stored, per-head (as published) or contiguous (as other toolkits do)")
}

// openModel opens the folder of a published model, or a run's newest checkpoint.
func (a *app) openModel(ctx context.Context, ref string, o pretrained.Options) (*pretrained.Checkpoint, error) {
	if info, err := os.Stat(ref); err == nil {
		if !info.IsDir() {
			return nil, usagef("%q is a file; a model is a folder with its config.json, or a run", ref)
		}
		return pretrained.Open(ref, o)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if _, err := os.Stat(a.storeDir); errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("there is no file or folder %q, and no store at %q in which it could be a run", ref, a.storeDir)
	}
	var model *pretrained.Checkpoint
	err := a.withRun(ctx, ref, func(store *tracker.Store, run tracker.Run) (err error) {
		model, err = openRun(store, run)
		return err
	})
	if errors.Is(err, tracker.ErrNotFound) {
		err = usagef("there is no file or folder %q, nor such a run in the store at %q: %w", ref, a.storeDir, err)
	}
	return model, err
}

func openRun(store *tracker.Store, run tracker.Run) (*pretrained.Checkpoint, error) {
	spec, err := specOf(run)
	if err != nil {
		return nil, err
	}
	path, err := runner.CheckpointPath(store.CheckpointDir(run.ID), -1)
	if err != nil {
		return nil, err
	}
	return pretrained.OpenRun(path, spec)
}

func (a *app) warnAll(warnings []string) {
	for _, text := range warnings {
		fmt.Fprintln(a.stderr, "warning: "+text)
	}
}
