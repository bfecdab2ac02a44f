package weights

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// layers is a model of a few tensors of 40 bytes each.
func layers(n int) map[string]Lazy {
	all := map[string]Lazy{}
	for i := range n {
		values := make([]float32, 10)
		for j := range values {
			values[j] = float32(100*i + j)
		}
		all[fmt.Sprintf("layer.%d.weight", i)] = Float32([]int{2, 5}, values).Now()
	}
	return all
}

func TestFolder(t *testing.T) {
	for _, test := range []struct {
		limit int64
		want  []string
	}{
		{1000, []string{"model.safetensors"}},
		{100, []string{"model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors", "model.safetensors.index.json"}},
		{10, []string{"model-00001-of-00005.safetensors", "model-00002-of-00005.safetensors", "model-00003-of-00005.safetensors",
			"model-00004-of-00005.safetensors", "model-00005-of-00005.safetensors", "model.safetensors.index.json"}},
	} {
		dir := t.TempDir()
		names, err := WriteFolder(dir, layers(5), map[string]string{"format": "pt"}, test.limit)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, names); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
		for _, path := range []string{dir, filepath.Join(dir, names[len(names)-1])} {
			a, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Verify(); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(map[string]string{"format": "pt"}, a.Metadata); diff != "" || a.Size() != 200 || len(a.Names()) != 5 {
				t.Errorf("%d bytes of %v, metadata (-want +got):\n%s", a.Size(), a.Names(), diff)
			}
			for name, lazy := range layers(5) {
				want, _ := lazy.Make()
				if got, err := a.Tensor(name); err != nil || !bytes.Equal(got.Data, want.Data) {
					t.Errorf("%s: %v, %v", name, got, err)
				}
			}
			if _, err := a.Tensor("none"); err == nil || a.Has("none") {
				t.Error("a tensor that is not there was found")
			}
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// edit rewrites a folder's index.
func edit(t *testing.T, dir string, change func(metadata, where map[string]any)) {
	t.Helper()
	path := filepath.Join(dir, indexName)
	var index map[string]map[string]any
	readJSON(t, path, &index)
	change(index["metadata"], index["weight_map"])
	text, err := json.Marshal(index)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, string(text))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFolderRefused(t *testing.T) {
	const first, second = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
	for name, test := range map[string]struct {
		damage func(t *testing.T, dir string)
		want   []string
	}{
		"a shard is missing": {func(t *testing.T, dir string) { _ = os.Remove(filepath.Join(dir, second)) }, []string{second, "no such file"}},
		"a shard is cut":     {func(t *testing.T, dir string) { _ = os.Truncate(filepath.Join(dir, second), 60) }, []string{second, "truncated"}},
		"a tensor is missing": {func(t *testing.T, dir string) {
			edit(t, dir, func(_, where map[string]any) { where["layer.9.weight"] = second })
		}, []string{indexName, `tensor "layer.9.weight" should be in ` + second + ", which lacks it"}},
		"a tensor is elsewhere": {func(t *testing.T, dir string) {
			edit(t, dir, func(_, where map[string]any) { where["layer.0.weight"] = second })
		}, []string{`tensor "layer.0.weight" should be in ` + second + ", and is in " + first}},
		"a tensor is not listed": {func(t *testing.T, dir string) {
			edit(t, dir, func(_, where map[string]any) { delete(where, "layer.0.weight") })
		}, []string{`tensor "layer.0.weight" of ` + first + " is not in the weight_map"}},
		"a tensor is in two shards": {func(t *testing.T, dir string) {
			if _, err := WriteLazy(filepath.Join(dir, second), layers(3), nil); err != nil {
				t.Fatal(err)
			}
		}, []string{" is in two files, " + first + " and " + second}},
		"a tensor is listed twice": {func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, indexName), `{"weight_map":{"a":"`+first+`","a":"`+second+`"}}`)
		}, []string{indexName, `"a" is given twice`}},
		"the size is wrong": {func(t *testing.T, dir string) {
			edit(t, dir, func(metadata, _ map[string]any) { metadata["total_size"] = 121 })
		}, []string{"metadata.total_size is 121, and the tensors take 120 bytes"}},
		"the size is no size": {func(t *testing.T, dir string) {
			edit(t, dir, func(metadata, _ map[string]any) { metadata["total_size"] = 1.5 })
		}, []string{"metadata.total_size: 1.5 is no number of bytes"}},
		"a shard is outside": {func(t *testing.T, dir string) {
			edit(t, dir, func(_, where map[string]any) { where["layer.0.weight"] = "../" + first })
		}, []string{`tensor "layer.0.weight" is in "../` + first + `", which is no file of the folder`}},
		"no map":       {func(t *testing.T, dir string) { write(t, filepath.Join(dir, indexName), "{}") }, []string{"no weight_map"}},
		"an empty map": {func(t *testing.T, dir string) { write(t, filepath.Join(dir, indexName), `{"weight_map":{}}`) }, []string{"lists no tensor"}},
		"not an index": {func(t *testing.T, dir string) { write(t, filepath.Join(dir, indexName), "[") }, []string{indexName, "not an index"}},
		"two sets":     {func(t *testing.T, dir string) { write(t, filepath.Join(dir, singleName), "") }, []string{"several sets", "name the one"}},
		"torch shards": {func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, indexName), `{"weight_map":{"a":"m.bin"}}`)
		}, []string{"m.bin is a PyTorch pickle", "save_file"}},
		"torch alone":   {func(t *testing.T, dir string) { empty(t, dir); write(t, filepath.Join(dir, "pytorch_model.bin"), "PK") }, []string{"pytorch_model.bin is a PyTorch pickle", "save_file"}},
		"nothing there": {empty, []string{"neither model.safetensors nor"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := WriteFolder(dir, layers(3), nil, 80); err != nil {
				t.Fatal(err)
			}
			test.damage(t, dir)
			a, err := Open(dir)
			if err == nil {
				a.Close()
				t.Fatal("opened")
			}
			for _, want := range append(test.want, "open weights "+dir) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q", err, want)
				}
			}
		})
	}
}

func empty(t *testing.T, dir string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		_ = os.Remove(path)
	}
}

func TestOpenTorchFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.pt")
	write(t, path, "PK\x03\x04 and so on")
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "safetensors.torch.save_file") {
		t.Errorf("got %v", err)
	}
}

func TestVerifySeesDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if _, err := WriteLazy(path, layers(2), nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)-1] ^= 1
	write(t, path, string(text))
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.Verify(); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("got %v", err)
	}
}

func TestLazyMustKeepItsWord(t *testing.T) {
	one := Float32([]int{1}, []float32{1})
	for want, lazy := range map[string]Lazy{
		`tensor "w": it was made as F32 [1], and announced as F32 [2]`: {F32, []int{2}, one.Now().Make},
		`tensor "w": no luck`: {F32, []int{1}, func() (Tensor, error) { return Tensor{}, errors.New("no luck") }},
	} {
		dir := t.TempDir()
		if _, err := WriteFolder(dir, map[string]Lazy{"w": lazy}, nil, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
			t.Errorf("it left %v, %v", entries, err)
		}
	}
}

// FuzzIndex feeds foreign bytes: what is accepted names files of the folder alone.
func FuzzIndex(f *testing.F) {
	f.Add([]byte(`{"metadata":{"total_size":40},"weight_map":{"a":"model-00001-of-00002.safetensors"}}`))
	f.Add([]byte(`{"weight_map":{"a":"../x","a":"é\n"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		x, err := decodeIndex(text)
		if err != nil {
			return
		}
		for _, path := range x.files("dir") {
			if filepath.Dir(path) != "dir" {
				t.Errorf("%q is outside of the folder", path)
			}
		}
	})
}

// TestOpenDoesNotRead opens a file of 64 GB, which is a hole on disk, and touches one value of it.
func TestOpenDoesNotRead(t *testing.T) {
	const rows = 1 << 24
	h := header{entries: map[string]entry{
		"a": {F32, []uint64{rows, 1000}, 0, 4000 * rows},
		"b": {F32, []uint64{1}, 4000 * rows, 4000*rows + 4},
	}}
	head, err := h.frame()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "large.safetensors")
	write(t, path, string(head))
	if err := os.Truncate(path, int64(len(head))+4000*rows+4); err != nil {
		t.Skip("no files with holes here:", err)
	}
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := a.Tensor("b")
	if err != nil {
		t.Fatal(err)
	}
	if values, err := b.Floats(); err != nil || !slices.Equal(values, []float32{0}) {
		t.Errorf("got %v, %v", values, err)
	}
}
