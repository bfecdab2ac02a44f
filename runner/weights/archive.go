package weights

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Archive is the tensors of a file, or of a folder's several ones, opened but not read: a model of any size opens at once, and
// takes memory for what is converted alone.
type Archive struct {
	// Files are the paths, in the order of their names.
	Files []string
	// Metadata is that of the file, without the checksum; of several files, what they agree on.
	Metadata map[string]string

	files []*mapped
	in    map[string]*mapped
}

// Open opens a .safetensors file, a .safetensors.index.json, or a folder that holds either. What is malformed, missing or
// there twice is an error that names the file and the tensor. PyTorch's own formats are refused: reading one runs its code.
func Open(path string) (*Archive, error) {
	a, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("open weights %s: %w", path, err)
	}
	return a, nil
}

func open(path string) (*Archive, error) {
	path, err := locate(path)
	if err != nil {
		return nil, err
	}
	if !isIndex(path) {
		return openFiles([]string{path})
	}
	index, err := readIndex(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	a, err := openFiles(index.files(filepath.Dir(path)))
	if err != nil {
		return nil, err
	}
	if err := index.check(a); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", filepath.Base(path), err), a.Close())
	}
	return a, nil
}

// openFiles opens files of which no two have a tensor of one name.
func openFiles(paths []string) (*Archive, error) {
	a := &Archive{Files: paths, in: map[string]*mapped{}}
	for _, path := range paths {
		m, err := openMapped(path)
		if err != nil {
			if len(paths) > 1 {
				err = fmt.Errorf("%s: %w", filepath.Base(path), err)
			}
			return nil, errors.Join(err, a.Close())
		}
		a.files = append(a.files, m)
		for name := range m.header.entries {
			if other := a.in[name]; other != nil {
				err := fmt.Errorf("tensor %q is in two files, %s and %s", name, filepath.Base(other.path), filepath.Base(path))
				return nil, errors.Join(err, a.Close())
			}
			a.in[name] = m
		}
	}
	a.Metadata = commonMetadata(a.files)
	return a, nil
}

func commonMetadata(files []*mapped) map[string]string {
	common := maps.Clone(files[0].header.metadata)
	delete(common, checksumKey)
	for _, m := range files[1:] {
		maps.DeleteFunc(common, func(k, v string) bool { return m.header.metadata[k] != v })
	}
	return common
}

// Names are those of all tensors, sorted.
func (a *Archive) Names() []string { return slices.Sorted(maps.Keys(a.in)) }

// Has tells whether there is a tensor.
func (a *Archive) Has(name string) bool { return a.in[name] != nil }

// Tensor returns a tensor whose bytes are a slice of the mapped file: they are read when they are touched, must not be
// written, and must not be used after Close.
func (a *Archive) Tensor(name string) (Tensor, error) {
	m := a.in[name]
	if m == nil {
		return Tensor{}, fmt.Errorf("%s: there is no tensor %q", a.Place(), name)
	}
	return m.tensor(name), nil
}

// Place names the files, for errors.
func (a *Archive) Place() string {
	if len(a.Files) == 1 {
		return a.Files[0]
	}
	return fmt.Sprintf("%s (%d files)", filepath.Dir(a.Files[0]), len(a.Files))
}

// Size is the bytes of all tensors.
func (a *Archive) Size() int64 {
	var n int64
	for _, m := range a.files {
		n += int64(len(m.data))
	}
	return n
}

// Verify reads everything and compares the checksums of those files that have one.
func (a *Archive) Verify() error {
	for _, m := range a.files {
		if _, err := m.verify(); err != nil {
			return fmt.Errorf("verify weights %s: %w", m.path, err)
		}
	}
	return nil
}

// Close unmaps the files.
func (a *Archive) Close() error {
	var all []error
	for _, m := range a.files {
		all = append(all, m.close())
	}
	return errors.Join(all...)
}

// Names of the files in a folder of weights.
const (
	singleName = "model.safetensors"
	indexName  = "model.safetensors.index.json"
)

// locate is the file to read: the path itself, or what a folder has.
func locate(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		if isTorch(path) {
			return "", fmt.Errorf("this is %s", torchRemedy)
		}
		return path, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return "", err
	}
	var indexes, singles, torch []string
	for _, e := range entries {
		switch name := e.Name(); {
		case isIndex(name):
			indexes = append(indexes, name)
		case filepath.Ext(name) == ".safetensors" && name[0] != '.':
			singles = append(singles, name)
		case isTorch(name):
			torch = append(torch, name)
		}
	}
	return choose(path, indexes, singles, torch)
}

// choose picks the index, the file of the usual name, or the only file there is.
func choose(dir string, indexes, singles, torch []string) (string, error) {
	whole := slices.Contains(singles, singleName)
	switch {
	case len(indexes) == 1 && !whole:
		return filepath.Join(dir, indexes[0]), nil
	case len(indexes) == 0 && whole:
		return filepath.Join(dir, singleName), nil
	case len(indexes) == 0 && len(singles) == 1:
		return filepath.Join(dir, singles[0]), nil
	case len(indexes) == 0 && len(singles) == 0 && len(torch) > 0:
		return "", fmt.Errorf("%s is %s", torch[0], torchRemedy)
	case len(indexes) == 0 && len(singles) == 0:
		return "", fmt.Errorf("the folder has neither %s nor %s", singleName, indexName)
	}
	return "", fmt.Errorf("the folder has several sets of weights, %v: name the one that is meant", append(indexes, singles...))
}
