package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"inkstone/runner/pretrained"
	"inkstone/runner/weights"
)

// conversion is how a model is to be written.
type conversion struct {
	as, dtype, layout string
	shardGB           float64
	asJSON            bool
}

func (a *app) convertWeights() *cobra.Command {
	var v conversion
	c := &cobra.Command{
		Use:   "convert FROM TO",
		Short: "Write a published model, or a run's newest checkpoint, as a folder in one of the published forms",
		Long: `Convert reads the folder of a published model, or the newest checkpoint of a run, and writes the folder TO: config.json and
safetensors files, which transformers and others load. TO must not be there yet, or be empty, and appears when it is whole. One
tensor is in memory at a time. What the form has no words for is refused, by the settings' names. A tokenizer is not written.`,
		Example: `  inkstone weights convert chatglm3-6b chatglm3-native --as glm
  inkstone weights convert go-source/baseline/1 go-source --as glm --dtype bf16
  inkstone weights convert other-toolkit/chatglm-6b fixed --as chatglm-6b --qkv contiguous`,
		Args: exactArgs("FROM", "TO"),
		RunE: func(c *cobra.Command, args []string) error { return a.convert(c.Context(), args[0], args[1], v) },
	}
	c.Flags().StringVar(&v.as, "as", "", "the `form`: glm, glm4, chatglm, chatglm-6b, glm-original or bert (default: the first of them that has words for the model)")
	c.Flags().StringVar(&v.dtype, "dtype", "", "the `type` of the values: f32, bf16 or f16 (default: that of the tensors)")
	c.Flags().Float64Var(&v.shardGB, "shard-size", 5, "a further file is begun beyond this many `gigabytes`")
	c.Flags().BoolVar(&v.asJSON, "json", false, "an object for programs")
	layoutFlag(c, &v.layout)
	return a.withStore(c)
}

func (a *app) convert(ctx context.Context, from, to string, v conversion) error {
	if v.shardGB <= 0 {
		return usagef("--shard-size %v: want a size above 0", v.shardGB)
	}
	model, err := a.openModel(ctx, from, pretrained.Options{Layout: pretrained.Layout(v.layout)})
	if err != nil {
		return err
	}
	defer model.Close()
	a.warnAll(model.Warnings)
	e := pretrained.Export{Config: model.Config, Tensors: model, Heads: model.Heads, ShardBytes: int64(v.shardGB * 1e9)}
	if e.Config.Dialect, err = v.dialect(model); err != nil {
		return err
	}
	if e.DType, err = v.valueType(model); err != nil {
		return err
	}
	files, err := pretrained.Write(to, e)
	if err != nil {
		return err
	}
	if v.asJSON {
		return writeJSON(a.stdout, map[string]any{"path": to, "dialect": e.Config.Dialect, "dtype": e.DType, "files": files})
	}
	fmt.Fprintf(a.stdout, "wrote %s as %s, %s, in %s\n", to, e.Config.Dialect, e.DType, plural(len(files), "file"))
	return nil
}

func (v conversion) dialect(model *pretrained.Checkpoint) (pretrained.Dialect, error) {
	if v.as == "" {
		return model.Suits()
	}
	d, err := pretrained.Parse(v.as)
	if err != nil {
		return d, usagef("--as: %w", err)
	}
	return d, nil
}

// valueType is the type that was asked for, or the one in which all tensors are stored, or F32.
func (v conversion) valueType(model *pretrained.Checkpoint) (weights.DType, error) {
	writable := []weights.DType{weights.F32, weights.BF16, weights.F16}
	if v.dtype != "" {
		d := weights.DType(strings.ToUpper(v.dtype))
		if !slices.Contains(writable, d) {
			return d, usagef("--dtype %q: want f32, bf16 or f16", v.dtype)
		}
		return d, nil
	}
	stored := model.Types()
	for _, d := range writable {
		if len(stored) == 1 && stored[d] > 0 {
			return d, nil
		}
	}
	return weights.F32, nil
}
