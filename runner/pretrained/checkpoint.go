package pretrained

import (
	"errors"
	"fmt"
	"path/filepath"

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/weights"
)

// Layout is how a fused projection of ChatGLM-6B's names stores query, key and value. The names do not tell.
type Layout string

// The layouts.
const (
	PerHead    Layout = "per-head"   // as published: a query, a key and a value of each head
	Contiguous Layout = "contiguous" // as other toolkits write it: all queries, all keys, all values
)

// layoutKey is the metadata by which Inkstone's own files tell.
const layoutKey = "inkstone.qkv_layout"

// Options say what a folder does not.
type Options struct {
	// Layout is that of ChatGLM-6B's fused projection; empty: what the file says, else as published, with a warning.
	Layout Layout
}

// Checkpoint is a published model: opened, and not read before a tensor is asked for.
type Checkpoint struct {
	Config
	// Parameters are the model's tensors, in order, by Inkstone's names; their shapes are those in the files.
	Parameters []model.Weight
	// Heads are tensors of a task's head that the files have beside, by Inkstone's names, sorted.
	Heads []string
	// Dropped are tensors of the files that are computed, and LeftOut those of parts that Inkstone does not have, by the files'
	// names, sorted.
	Dropped, LeftOut []string
	// Archive has the tensors by the files' names.
	Archive *weights.Archive

	places map[string]place
}

// Open opens a folder with a config.json and safetensors files. Every tensor of the model must be there in its shape, and there
// may be none that belongs to nothing.
func Open(dir string, o Options) (*Checkpoint, error) {
	config, err := ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	archive, err := weights.Open(dir)
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{Config: config, Archive: archive}
	err = c.arrange(o)
	if err == nil {
		err = c.compareTokenizer(filepath.Join(dir, "tokenizer.json"))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s is no %s model: %w", dir, config.Dialect, err), archive.Close())
	}
	return c, nil
}

// OpenRun opens a run's checkpoint, whose model is that of the run's spec.
func OpenRun(path string, spec experiments.Spec) (*Checkpoint, error) {
	archive, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{Config: Config{Dialect: own, Model: spec.Model, Positions: spec.Train.SequenceLength, DType: "float32"}, Archive: archive}
	table := tables[own]
	if rows, err := c.rowsOf(table, "model.embed_tokens.weight"); err == nil {
		c.Model.VocabSize = rows // a spec leaves it to the tokenizer
	}
	if extra, ok := tableExtra[c.Model.Positions]; ok {
		if rows, err := c.rowsOf(table, "model.position_embeddings.weight"); err == nil {
			c.Model.MaxPositionEmbeddings = rows - extra
		}
	}
	if err := c.arrange(Options{}); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is no checkpoint of this run: %w", path, err), archive.Close())
	}
	return c, nil
}

// tableExtra are the rows of a table of positions beyond the positions themselves, for the kinds that have one.
var tableExtra = map[string]int{"learned": 1, "absolute": 0}

// Close closes the files; tensors must not be used after it.
func (c *Checkpoint) Close() error { return c.Archive.Close() }

// Tensor returns a parameter, or a tensor of a head, by Inkstone's name, in the type in which it is stored. Where it lies in one
// piece its bytes are a slice of the mapped file.
func (c *Checkpoint) Tensor(name string) (weights.Tensor, error) {
	at, ok := c.places[name]
	if !ok {
		return weights.Tensor{}, fmt.Errorf("%s: there is no parameter %q", c.Archive.Place(), name)
	}
	t, err := c.Archive.Tensor(at.name)
	if err == nil {
		if t, err = at.rows.take(t); err != nil {
			err = fmt.Errorf("%s: tensor %q: %w", c.Archive.Place(), at.name, err)
		}
	}
	return t, err
}
