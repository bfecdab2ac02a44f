package pretrained

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/weights"
)

// Source gives a model's tensors by Inkstone's names: a Checkpoint does.
type Source interface {
	Tensor(name string) (weights.Tensor, error)
}

// Export says how a model is written.
type Export struct {
	// Config has the model and the dialect to write.
	Config Config
	// Tensors gives the parameters, and those of Heads.
	Tensors Source
	// Heads are the tensors of a task's head to write beside the parameters, by Inkstone's names.
	Heads []string
	// DType is F32, F16 or BF16.
	DType weights.DType
	// ShardBytes is the size of a file beyond which a further one is begun; 0 stands for 5 GB, as transformers has.
	ShardBytes int64
}

// dtypeNames are torch's.
var dtypeNames = map[weights.DType]string{weights.F32: "float32", weights.F16: "float16", weights.BF16: "bfloat16"}

// Write writes a folder with a config.json and safetensors files, and returns the files' names. The folder must not be there yet,
// or be empty; it appears whole. A tensor is in memory at a time.
func Write(dir string, e Export) (files []string, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", dir, err)
		}
	}()
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, errors.New("the folder is not empty; name a new one")
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	tensors, text, err := e.prepare()
	if err != nil {
		return nil, err
	}
	if e.ShardBytes <= 0 {
		e.ShardBytes = 5e9
	}
	metadata := map[string]string{"format": "pt"}
	if tables[e.Config.Dialect].perHead {
		metadata[layoutKey] = string(PerHead)
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, err
	}
	temporary, err := os.MkdirTemp(parent, ".inkstone-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temporary)
	if files, err = weights.WriteFolder(temporary, tensors, metadata, e.ShardBytes); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(temporary, configName), text, 0o644); err != nil {
		return nil, err
	}
	if err := os.Chmod(temporary, 0o755); err != nil {
		return nil, err
	}
	_ = os.Remove(dir) // an empty one
	return append([]string{configName}, files...), os.Rename(temporary, dir)
}

// prepare lays out the tensors under the dialect's names, and writes the configuration.
func (e Export) prepare() (map[string]weights.Lazy, []byte, error) {
	torch, ok := dtypeNames[e.DType]
	if !ok {
		return nil, nil, fmt.Errorf("a model is not written in %s: want F32, F16 or BF16", e.DType)
	}
	e.Config.DType = torch
	text, err := e.Config.Encode()
	if err != nil {
		return nil, nil, err
	}
	list := model.Weights(e.Config.Model, e.Config.Model.VocabSize, e.Config.Model.MaxPositionEmbeddings)
	for _, name := range e.Heads {
		t, err := e.Tensors.Tensor(name)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, model.Weight{Name: name, Shape: t.Shape})
	}
	tensors, err := e.fuse(e.Config.Model, list)
	return tensors, text, err
}

// part is a parameter and its rows in a tensor of the dialect.
type part struct {
	name  string
	shape []int
	rows  rows
}

// fuse groups parameters by the dialect's tensors.
func (e Export) fuse(m experiments.Model, list []model.Weight) (map[string]weights.Lazy, error) {
	table := tables[e.Config.Dialect]
	parts := map[string][]part{}
	for _, w := range list {
		at, err := table.place(m, w.Name)
		if err != nil {
			return nil, err
		}
		parts[at.name] = append(parts[at.name], part{w.Name, w.Shape, at.rows})
	}
	tensors := map[string]weights.Lazy{}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		shape := parts[name][0].shape
		if r := parts[name][0].rows; !r.whole() {
			shape = resized(shape, r.of)
		}
		tensors[name] = weights.Lazy{DType: e.DType, Shape: shape, Make: func() (weights.Tensor, error) { return e.make(shape, parts[name]) }}
	}
	return tensors, nil
}

// make makes one tensor of the dialect.
func (e Export) make(shape []int, parts []part) (weights.Tensor, error) {
	if parts[0].rows.whole() {
		return e.converted(parts[0])
	}
	fused := weights.Tensor{DType: e.DType, Shape: shape}
	for _, p := range parts {
		t, err := e.converted(p)
		if err != nil {
			return fused, err
		}
		if fused.Data == nil {
			fused.Data = make([]byte, len(t.Data)/t.Shape[0]*shape[0])
		}
		if err := p.rows.put(fused, t); err != nil {
			return fused, fmt.Errorf("parameter %q: %w", p.name, err)
		}
	}
	return fused, nil
}

// converted is a parameter in the type that is written.
func (e Export) converted(p part) (weights.Tensor, error) {
	t, err := e.Tensors.Tensor(p.name)
	if err != nil {
		return t, err
	}
	if !slices.Equal(t.Shape, p.shape) {
		return t, fmt.Errorf("parameter %q has shape %v, and the model means %v", p.name, t.Shape, p.shape)
	}
	if t, err = t.As(e.DType); err != nil {
		err = fmt.Errorf("parameter %q: %w", p.name, err)
	}
	return t, err
}
