package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const fixtures = "testdata/safetensors"

// expected is what good/expected.json says of a file; values are numbers, booleans, or strings for what JSON cannot hold.
type expected struct {
	Metadata map[string]string
	Tensors  map[string]struct {
		DType  DType
		Shape  []int
		Bytes  int
		Values []any
	}
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

func TestReadGood(t *testing.T) {
	var all struct{ Files map[string]expected }
	readJSON(t, filepath.Join(fixtures, "good/expected.json"), &all)
	if len(all.Files) < 15 {
		t.Fatalf("only %d fixtures", len(all.Files))
	}
	for name, want := range all.Files {
		t.Run(name, func(t *testing.T) {
			got, err := Read(filepath.Join(fixtures, "good", name+".safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.Metadata, got.Metadata); diff != "" {
				t.Errorf("metadata (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(got, opened(t, filepath.Join(fixtures, "good", name+".safetensors")), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("opened instead of read (-read +opened):\n%s", diff)
			}
			if len(got.Tensors) != len(want.Tensors) || got.Checksum != "" {
				t.Errorf("%d tensors and checksum %q, want %d and none", len(got.Tensors), got.Checksum, len(want.Tensors))
			}
			for key, w := range want.Tensors {
				g, ok := got.Tensors[key]
				if !ok || g.DType != w.DType || !cmp.Equal(g.Shape, w.Shape) || len(g.Data) != w.Bytes {
					t.Errorf("tensor %q: got %s %v of %d bytes, want %s %v of %d", key, g.DType, g.Shape, len(g.Data), w.DType, w.Shape, w.Bytes)
					continue
				}
				if diff := cmp.Diff(texts(w.Values), elements(g)); w.Values != nil && diff != "" {
					t.Errorf("tensor %q (-want +got):\n%s", key, diff)
				}
			}
		})
	}
}

// opened is what an archive gives, in the form of a file that was read.
func opened(t *testing.T, path string) File {
	t.Helper()
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	file := File{Tensors: map[string]Tensor{}, Metadata: a.Metadata}
	for _, name := range a.Names() {
		tensor, err := a.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		tensor.Data = bytes.Clone(tensor.Data)
		file.Tensors[name] = tensor
	}
	return file
}

// texts brings expected values and elements brings bytes to one form.
func texts(values []any) []string {
	all := []string{}
	for _, v := range values {
		if f, ok := v.(float64); ok {
			v = strconv.FormatFloat(f, 'g', -1, 64)
		}
		all = append(all, strings.Replace(fmt.Sprint(v), "Infinity", "Inf", 1))
	}
	return all
}

func elements(t Tensor) []string {
	all := []string{}
	size := int(sizes[t.DType])
	for at := 0; at < len(t.Data); at += size {
		var wide [8]byte
		copy(wide[:], t.Data[at:at+size])
		all = append(all, element(t.DType, binary.LittleEndian.Uint64(wide[:])))
	}
	return all
}

func element(d DType, b uint64) string {
	float := func(f float64) string { return strings.TrimPrefix(strconv.FormatFloat(f, 'g', -1, 64), "+") }
	switch d {
	case F64:
		return float(math.Float64frombits(b))
	case F32:
		return float(float64(math.Float32frombits(uint32(b))))
	case BF16:
		return float(float64(math.Float32frombits(uint32(b) << 16)))
	case F16:
		return float(half(uint16(b)))
	case Bool:
		return strconv.FormatBool(b == 1)
	case I64:
		return strconv.FormatInt(int64(b), 10)
	case I32:
		return float(float64(int32(b)))
	case "I16":
		return float(float64(int16(b)))
	case "I8":
		return float(float64(int8(b)))
	case "U64":
		return strconv.FormatUint(b, 10)
	}
	return float(float64(b))
}

func half(b uint16) float64 {
	sign := 1 - 2*float64(b>>15)
	exponent, fraction := int(b>>10&31), float64(b&1023)/1024
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -14)
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return sign * math.Inf(1)
	}
	return sign * math.Ldexp(1+fraction, exponent-15)
}

func TestRefuseBad(t *testing.T) {
	var all struct {
		Files map[string]struct {
			Why string `json:"why"`
		}
	}
	readJSON(t, filepath.Join(fixtures, "bad/expected.json"), &all)
	if len(all.Files) < 63 {
		t.Fatalf("only %d fixtures", len(all.Files))
	}
	for name, why := range all.Files {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(fixtures, "bad", name+".safetensors")
			got, err := Read(path)
			if err == nil {
				t.Fatalf("accepted (%s): %+v", why.Why, got)
			}
			if !strings.HasPrefix(err.Error(), "read weights "+path+": ") {
				t.Errorf("error %q does not name the file", err)
			}
			opened, failed := Open(path)
			if failed == nil {
				opened.Close()
				t.Fatal("opened")
			}
			if want := strings.Replace(err.Error(), "read", "open", 1); failed.Error() != want {
				t.Errorf("opening it: got %q, want %q", failed, want)
			}
		})
	}
}

// TestSayWhatAndWhere fixes the sentences for the mistakes that users meet.
func TestSayWhatAndWhere(t *testing.T) {
	for name, want := range map[string]string{
		"empty_file":                   "0 bytes, too short for a safetensors file",
		"git_lfs_pointer":              "a pointer of Git LFS: fetch the file itself with git lfs pull",
		"zip_file":                     "a zip file, perhaps a PyTorch pickle, which runs code when it is read; convert it once",
		"header_length_exceeds_file":   "the file is truncated",
		"header_leading_space":         "header, byte 0: it must begin with {",
		"duplicate_key_same_range":     "is given twice",
		"extra_field":                  "unknown field",
		"lowercase_dtype":              `unknown dtype "f32"`,
		"data_truncated":               "the file is truncated",
		"overlapping_offsets":          "inside of another tensor",
		"hole":                         "belong to none",
		"trailing_bytes":               "behind the last tensor",
		"shape_overflow_wraps_to_size": "is too large",
		"lone_surrogate_name":          "half of a surrogate pair",
		"missing_dtype":                "dtype is missing",
	} {
		if _, err := Read(filepath.Join(fixtures, "bad", name+".safetensors")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}
