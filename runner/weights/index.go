package weights

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxIndex bounds an index as a header is bounded.
const maxIndex = maxHeader

// index is a model.safetensors.index.json: which file holds which tensor, and the bytes of all.
type index struct {
	totalSize int64 // -1 where it is not given
	file      map[string]string
}

func isIndex(path string) bool { return strings.HasSuffix(path, ".safetensors.index.json") }

func readIndex(path string) (index, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return index{}, err
	}
	f.Close()
	if size > maxIndex {
		return index{}, fmt.Errorf("%d bytes, more than %d", size, maxIndex)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return index{}, err
	}
	return decodeIndex(text)
}

func decodeIndex(text []byte) (index, error) {
	var raw struct {
		Metadata struct {
			TotalSize *float64 `json:"total_size"`
		} `json:"metadata"`
		WeightMap json.RawMessage `json:"weight_map"`
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return index{}, fmt.Errorf("not an index: %w", err)
	}
	if raw.WeightMap == nil {
		return index{}, errors.New("it has no weight_map")
	}
	x := index{totalSize: -1, file: map[string]string{}}
	if n := raw.Metadata.TotalSize; n != nil {
		if *n < 0 || *n > 1<<53 || *n != math.Trunc(*n) {
			return x, fmt.Errorf("metadata.total_size: %v is no number of bytes", *n)
		}
		x.totalSize = int64(*n)
	}
	s := &scanner{b: raw.WeightMap}
	if err := s.texts(x.file); err != nil { // a name that is given twice is an error here
		return x, fmt.Errorf("weight_map: %w", err)
	}
	if len(x.file) == 0 {
		return x, errors.New("weight_map: it lists no tensor")
	}
	for name, file := range x.file {
		if file == "" || file != filepath.Base(file) || file == "." || file == ".." {
			return x, fmt.Errorf("weight_map: tensor %q is in %q, which is no file of the folder", name, file)
		}
		if isTorch(file) {
			return x, fmt.Errorf("weight_map: %s is %s", file, torchRemedy)
		}
	}
	return x, nil
}

// files are the paths, sorted.
func (x index) files(dir string) []string {
	seen := map[string]bool{}
	for _, file := range x.file {
		seen[filepath.Join(dir, file)] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// check compares with what the files have.
func (x index) check(a *Archive) error {
	for _, name := range slices.Sorted(maps.Keys(x.file)) {
		switch m := a.in[name]; {
		case m == nil:
			return fmt.Errorf("tensor %q should be in %s, which lacks it", name, x.file[name])
		case filepath.Base(m.path) != x.file[name]:
			return fmt.Errorf("tensor %q should be in %s, and is in %s", name, x.file[name], filepath.Base(m.path))
		}
	}
	for _, name := range a.Names() {
		if _, ok := x.file[name]; !ok {
			return fmt.Errorf("tensor %q of %s is not in the weight_map", name, filepath.Base(a.in[name].path))
		}
	}
	if x.totalSize >= 0 && x.totalSize != a.Size() {
		return fmt.Errorf("metadata.total_size is %d, and the tensors take %d bytes", x.totalSize, a.Size())
	}
	return nil
}

// torchRemedy completes "this is ".
const torchRemedy = "a PyTorch pickle, which runs code when it is read; convert it once, where you trust it, with Python: " +
	"safetensors.torch.save_file(torch.load(FROM, map_location=\"cpu\", weights_only=True), \"model.safetensors\")"

// isTorch tells PyTorch's own formats by their ending.
func isTorch(path string) bool {
	switch filepath.Ext(path) {
	case ".bin", ".pt", ".pth", ".ckpt":
		return true
	}
	return strings.HasSuffix(path, ".bin.index.json")
}
