package pretrained

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/reference"
	"inkstone/runner/weights"
)

func open(t *testing.T, dir string, o Options) *Checkpoint {
	t.Helper()
	c, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// content are all tensors of a file, but for those that are dropped.
func content(t *testing.T, path string, dropped []string) map[string]weights.Tensor {
	t.Helper()
	file, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all := map[string]weights.Tensor{}
	for _, name := range file.Names() {
		if tensor, _ := file.Tensor(name); !slices.Contains(dropped, name) {
			tensor.Data = bytes.Clone(tensor.Data)
			all[name] = tensor
		}
	}
	return all
}

// sameTensors compares bytes at once.
var sameTensors = cmp.Comparer(func(a, b weights.Tensor) bool {
	return a.DType == b.DType && slices.Equal(a.Shape, b.Shape) && bytes.Equal(a.Data, b.Data)
})

// TestRoundTrip opens every fixture, writes it in its own dialect, and compares the files bit for bit.
func TestRoundTrip(t *testing.T) {
	for _, test := range []struct {
		folder   string
		dropped  int
		warnings int
	}{
		{"glm4", 0, 0}, {"glm4/edge", 0, 0}, {"glm4_0414", 0, 0}, {"chatglm2", 1, 0}, {"chatglm2/sharded", 0, 0}, {"chatglm1", 3, 1},
		{"chatglm1/glm130b_style", 0, 1}, {"glm_base", 0, 0}, {"bert_mlm", 0, 0},
	} {
		t.Run(test.folder, func(t *testing.T) {
			c := open(t, reference.Path(t, test.folder), Options{})
			if len(c.Dropped) != test.dropped || len(c.LeftOut) > 0 || len(c.Heads) > 0 || len(c.Warnings) != test.warnings {
				t.Errorf("dropped %q, left out %q, heads %q, warnings %q", c.Dropped, c.LeftOut, c.Heads, c.Warnings)
			}
			for _, w := range c.Parameters {
				if got, err := c.Tensor(w.Name); err != nil || !slices.Equal(got.Shape, w.Shape) {
					t.Errorf("%s: shape %v, %v, want %v", w.Name, got.Shape, err, w.Shape)
				}
			}
			to := filepath.Join(t.TempDir(), "copy")
			files, err := Write(to, Export{Config: c.Config, Tensors: c, DType: weights.F32, ShardBytes: 100_000})
			if err != nil {
				t.Fatal(err)
			}
			if files[0] != configName || len(files) < 3 {
				t.Errorf("wrote %q", files)
			}
			if diff := cmp.Diff(content(t, reference.Path(t, test.folder), c.Dropped), content(t, to, nil), sameTensors); diff != "" {
				t.Errorf("tensors (-fixture +copy):\n%s", diff)
			}
			again := open(t, to, Options{})
			again.Config.Warnings, again.Config.DType = c.Config.Warnings, c.Config.DType
			if diff := cmp.Diff(c.Config, again.Config); diff != "" {
				t.Errorf("configuration (-fixture +copy):\n%s", diff)
			}
		})
	}
}

// TestConverted compares the remote code's fixture, converted, with the conversion that the fixture has beside.
func TestConverted(t *testing.T) {
	want := content(t, reference.Path(t, "chatglm2", "native.safetensors"), nil)
	for _, folder := range []string{"chatglm2", "chatglm2/sharded"} {
		c := open(t, reference.Path(t, folder), Options{})
		got := map[string]weights.Tensor{}
		for _, w := range c.Parameters {
			got[w.Name], _ = c.Tensor(w.Name)
		}
		if diff := cmp.Diff(want, got, sameTensors); diff != "" {
			t.Errorf("%s (-want +got):\n%s", folder, diff)
		}
		native, err := ReadConfig(reference.Path(t, "chatglm2", "native_config.json"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(native.Model, c.Model); diff != "" {
			t.Errorf("%s, model (-want +got):\n%s", folder, diff)
		}
	}
	back := filepath.Join(t.TempDir(), "back")
	c := open(t, reference.Path(t, "chatglm2"), Options{})
	c.Dialect = GLM
	if _, err := Write(back, Export{Config: c.Config, Tensors: c, DType: weights.F32}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, content(t, back, nil), sameTensors); diff != "" {
		t.Errorf("as glm (-want +got):\n%s", diff)
	}
}

// TestProjections takes rows that tell where they come from.
func TestProjections(t *testing.T) {
	fused := weights.Float32([]int{12}, []float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
	for _, test := range []struct {
		heads, groups, width int
		perHead              bool
		q, k, v              []float32
	}{
		{2, 2, 2, true, []float32{0, 1, 6, 7}, []float32{2, 3, 8, 9}, []float32{4, 5, 10, 11}},
		{2, 2, 2, false, []float32{0, 1, 2, 3}, []float32{4, 5, 6, 7}, []float32{8, 9, 10, 11}},
		{4, 1, 2, false, []float32{0, 1, 2, 3, 4, 5, 6, 7}, []float32{8, 9}, []float32{10, 11}},
	} {
		q, k, v := projections(test.heads, test.groups, test.width, test.perHead)
		again := weights.Float32([]int{12}, make([]float32, 12))
		for i, r := range []rows{q, k, v} {
			part, err := r.take(fused)
			if err != nil {
				t.Fatal(err)
			}
			values, err := part.Float32s()
			if want := [][]float32{test.q, test.k, test.v}[i]; err != nil || !slices.Equal(values, want) {
				t.Errorf("%+v, part %d: got %v, %v, want %v", test, i, values, err, want)
			}
			if err := r.put(again, part); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(fused.Data, again.Data) {
			t.Errorf("%+v: fused again it differs", test)
		}
	}
	q, _, _ := projections(4, 2, 2, false)
	if _, err := q.take(fused); err == nil || !strings.Contains(err.Error(), "this model means 16 rows") {
		t.Errorf("got %v", err)
	}
}

// TestLayout reads the same file in both layouts, and the choice of Inkstone's own files.
func TestLayout(t *testing.T) {
	key := func(o Options, dir string) (weights.Tensor, *Checkpoint) {
		c := open(t, dir, o)
		tensor, err := c.Tensor("model.layers.0.self_attn.k_proj.weight")
		if err != nil {
			t.Fatal(err)
		}
		return tensor, c
	}
	silent, c := key(Options{}, reference.Path(t, "chatglm1"))
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "head by head") {
		t.Errorf("warnings %q", c.Warnings)
	}
	chosen, c := key(Options{Layout: PerHead}, reference.Path(t, "chatglm1"))
	other, d := key(Options{Layout: Contiguous}, reference.Path(t, "chatglm1"))
	if len(c.Warnings)+len(d.Warnings) > 0 {
		t.Errorf("warnings %q, %q", c.Warnings, d.Warnings)
	}
	if !bytes.Equal(silent.Data, chosen.Data) || bytes.Equal(silent.Data, other.Data) {
		t.Error("the layouts give the wrong rows")
	}
	to := filepath.Join(t.TempDir(), "copy")
	if _, err := Write(to, Export{Config: d.Config, Tensors: d, DType: weights.F32}); err != nil {
		t.Fatal(err)
	}
	if copied, c := key(Options{}, to); len(c.Warnings) > 0 || !bytes.Equal(copied.Data, other.Data) {
		t.Errorf("a copy does not tell its layout: warnings %q", c.Warnings)
	}
	for folder, want := range map[string]string{"glm4": "only chatglm-6b leaves one", "chatglm1": `there is no layout "diagonal"`} {
		if _, err := Open(reference.Path(t, folder), Options{Layout: "diagonal"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", folder, err, want)
		}
	}
}

// TestTypes writes in half precision and compares with what the values round to.
func TestTypes(t *testing.T) {
	c := open(t, reference.Path(t, "glm4/edge"), Options{})
	for d, torch := range map[weights.DType]string{weights.BF16: "bfloat16", weights.F16: "float16"} {
		to := filepath.Join(t.TempDir(), "copy")
		if _, err := Write(to, Export{Config: c.Config, Tensors: c, DType: d}); err != nil {
			t.Fatal(err)
		}
		half := open(t, to, Options{})
		if half.DType != torch {
			t.Errorf("it says %q, want %q", half.DType, torch)
		}
		for _, w := range c.Parameters {
			exact, _ := c.Tensor(w.Name)
			want, _ := exact.As(d)
			if got, err := half.Tensor(w.Name); err != nil || got.DType != d || !bytes.Equal(got.Data, want.Data) {
				t.Errorf("%s as %s: %v", w.Name, d, err)
			}
		}
	}
	if _, err := Write(filepath.Join(t.TempDir(), "x"), Export{Config: c.Config, Tensors: c, DType: weights.I64}); err == nil || !strings.Contains(err.Error(), "want F32, F16 or BF16") {
		t.Errorf("got %v", err)
	}
}

// tensorMap is a source in memory.
type tensorMap map[string]weights.Tensor

func (m tensorMap) Tensor(name string) (weights.Tensor, error) { return m[name], nil }

func TestWriteRefuses(t *testing.T) {
	c := open(t, reference.Path(t, "glm4"), Options{})
	if _, err := Write(reference.Path(t, "glm4"), Export{Config: c.Config, Tensors: c, DType: weights.F32}); err == nil || !strings.Contains(err.Error(), "the folder is not empty") {
		t.Errorf("got %v", err)
	}
	small := c.Config
	small.Model = changed(c.Model, func(m *experiments.Model) { m.IntermediateSize = 40 })
	dir := filepath.Join(t.TempDir(), "copy")
	if _, err := Write(dir, Export{Config: small, Tensors: c, DType: weights.F32}); err == nil || !strings.Contains(err.Error(), `"model.layers.0.mlp.down_proj.weight" has shape [48 80], and the model means [48 40]`) {
		t.Errorf("got %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(dir), ".*")); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
	huge := tensorMap{}
	for _, w := range c.Parameters {
		huge[w.Name] = weights.Float32(w.Shape, slices.Repeat([]float32{1e6}, int(w.Size())))
	}
	if _, err := Write(dir, Export{Config: c.Config, Tensors: huge, DType: weights.F16}); err == nil || !strings.Contains(err.Error(), `parameter "lm_head.weight": value 0, 1e+06, is beyond what F16 can hold`) {
		t.Errorf("got %v", err)
	}
}

// TestPlaces finds a place for every parameter of the published models in each dialect that has words for them, and no two in
// one place.
func TestPlaces(t *testing.T) {
	for _, p := range experiments.Presets() {
		for _, dialect := range Dialects {
			if _, err := (Config{Dialect: dialect, Model: p.Model, Positions: 1}).Encode(); err != nil {
				continue
			}
			seen := map[place]string{}
			for _, w := range model.Weights(p.Model, p.Model.VocabSize, p.Model.MaxPositionEmbeddings) {
				at, err := tables[dialect].place(p.Model, w.Name)
				if err != nil {
					t.Errorf("%s as %s: %v", p.Name, dialect, err)
				} else if seen[at] != "" {
					t.Errorf("%s as %s: %s and %s are both at %+v", p.Name, dialect, seen[at], w.Name, at)
				}
				seen[at] = w.Name
			}
		}
	}
}
