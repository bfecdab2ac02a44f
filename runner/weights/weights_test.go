package weights

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sample() (map[string]Tensor, map[string]string) {
	return map[string]Tensor{
		"w":         Float32([]int{2, 2}, []float32{1, float32(math.Inf(1)), -0.5, math.Float32frombits(0x7fc00001)}),
		"b":         {I32, []int{3}, []byte{255, 255, 255, 255, 0, 0, 0, 0, 255, 255, 255, 127}},
		"step":      {I64, nil, []byte{0, 0, 0, 0, 0, 0, 0, 128}},
		"层 \"0\"\n": {U8, []int{3}, []byte{1, 2, 255}},
		"empty":     Float32([]int{0, 4}, nil),
	}, map[string]string{"step": "50", "注": "\\ \x01 é"}
}

func TestRoundTrip(t *testing.T) {
	tensors, metadata := sample()
	path := filepath.Join(t.TempDir(), "a.safetensors")
	checksum, err := Write(path, tensors, metadata)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadVerified(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(checksum) != 64 || got.Checksum != checksum {
		t.Errorf("checksum %q written, %q read", checksum, got.Checksum)
	}
	if diff := cmp.Diff(metadata, got.Metadata); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	for name, want := range tensors {
		g := got.Tensors[name]
		if g.DType != want.DType || len(g.Shape) != len(want.Shape) || !bytes.Equal(g.Data, want.Data) {
			t.Errorf("tensor %q: got %+v, want %+v", name, g, want)
		}
	}
	f, err := got.Tensors["w"].Float32s()
	if err != nil || f[0] != 1 || !math.IsInf(float64(f[1]), 1) || math.Float32bits(f[3]) != 0x7fc00001 {
		t.Errorf("w: %v, %v", f, err)
	}
	if _, err := got.Tensors["b"].Float32s(); err == nil {
		t.Error("an I32 tensor was read as F32")
	}
}

func TestSameContentSameBytes(t *testing.T) {
	dir := t.TempDir()
	var files [][]byte
	for range 2 {
		tensors, metadata := sample()
		path := filepath.Join(dir, "a.safetensors")
		if _, err := Write(path, tensors, metadata); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, b)
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("two files of the same content differ")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("in the folder: %v, %v", entries, err)
	}
}

// TestEveryDamageIsSeen flips each bit of a file, and cuts it at each byte. Only the padding behind the header, which means
// nothing, may change from a space to another white space.
func TestEveryDamageIsSeen(t *testing.T) {
	tensors, metadata := sample()
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if _, err := Write(path, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	verified := func(b []byte) bool {
		f, err := decode(bytes.NewReader(b), int64(len(b)))
		return err == nil && f.Checksum != ""
	}
	if !verified(whole) {
		t.Fatal("the whole file does not read")
	}
	for i := range len(whole) * 8 {
		b := bytes.Clone(whole)
		b[i/8] ^= 1 << (i % 8)
		if verified(b) {
			t.Errorf("bit %d of byte %d (%q) flipped, and it was not seen", i%8, i/8, whole[i/8])
		}
	}
	for n := range whole {
		if verified(whole[:n]) {
			t.Errorf("cut to %d of %d bytes, and it was not seen", n, len(whole))
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	good := Float32([]int{1}, []float32{1})
	for name, c := range map[string]struct {
		tensors  map[string]Tensor
		metadata map[string]string
		want     string
	}{
		"size":      {map[string]Tensor{"w": Float32([]int{3}, []float32{1})}, nil, `tensor "w": F32 of shape [3] takes 12 bytes, not 4`},
		"negative":  {map[string]Tensor{"w": Float32([]int{-1}, nil)}, nil, "negative dimension"},
		"dtype":     {map[string]Tensor{"w": {"F31", nil, nil}}, nil, `unknown dtype "F31"`},
		"reserved":  {map[string]Tensor{"__metadata__": good}, nil, "cannot have this name"},
		"not UTF-8": {map[string]Tensor{"\xff": good}, nil, "cannot have this name"},
		"metadata":  {nil, map[string]string{"a": "\xff"}, `metadata "a"`},
		"checksum":  {nil, map[string]string{checksumKey: "0"}, "reserved"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.safetensors")
			if _, err := Write(path, c.tensors, c.metadata); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 0 {
				t.Errorf("it left %v, %v", entries, err)
			}
		})
	}
}

func TestWriteKeepsTheOldOnFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	tensors, metadata := sample()
	want, err := Write(path, tensors, metadata)
	if err != nil {
		t.Fatal(err)
	}
	tensors["w"] = Tensor{F32, []int{9}, nil}
	if _, err := Write(path, tensors, metadata); err == nil {
		t.Fatal("a wrong tensor was written")
	}
	if got, err := ReadVerified(path); err != nil || got.Checksum != want {
		t.Errorf("the old file: %v", err)
	}
}

func TestReadVerifiedWantsAChecksum(t *testing.T) {
	if _, err := ReadVerified(filepath.Join(fixtures, "good/scalar.safetensors")); err == nil || !strings.Contains(err.Error(), "it has no checksum") {
		t.Errorf("got %v", err)
	}
}

func TestReadMissingAndFolder(t *testing.T) {
	if _, err := Read(filepath.Join(t.TempDir(), "none")); err == nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if _, err := Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a file") {
		t.Errorf("folder: %v", err)
	}
}

// FuzzDecode feeds the reader foreign bytes. What it accepts must hold together: written again it reads the same.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"good", "bad"} {
		paths, err := filepath.Glob(filepath.Join(fixtures, pattern, "*.safetensors"))
		if err != nil {
			f.Fatal(err)
		}
		for _, p := range paths {
			b, err := os.ReadFile(p)
			if err != nil {
				f.Fatal(err)
			}
			if len(b) < 4096 {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := decode(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		lazy := map[string]Lazy{}
		for name, tensor := range first.Tensors {
			lazy[name] = tensor.Now()
		}
		h, err := arrange(lazy, first.Metadata)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		var out buffer
		if _, err := h.write(&out, lazy); err != nil {
			t.Fatal(err)
		}
		second, err := decode(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		second.Checksum = first.Checksum
		if len(first.Metadata) == 0 {
			second.Metadata = first.Metadata
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
	})
}

// buffer is a file in memory.
type buffer struct{ bytes.Buffer }

func (b *buffer) WriteAt(p []byte, at int64) (int, error) { return copy(b.Bytes()[at:], p), nil }
