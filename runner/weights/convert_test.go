package weights

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/x448/float16"
)

func sameFloat(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// TestHalfBothWays converts every half and every bfloat16 to float32 and back, and every half as another library does.
func TestHalfBothWays(t *testing.T) {
	data := make([]byte, 2<<16)
	for i := range 1 << 16 {
		binary.LittleEndian.PutUint16(data[2*i:], uint16(i))
	}
	for _, d := range []DType{F16, BF16} {
		from := Tensor{d, []int{1 << 16}, data}
		values, err := from.Floats()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Float32(from.Shape, values).As(d)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			want := math.Float32frombits(uint32(i) << 16)
			if d == F16 {
				want = float16.Frombits(uint16(i)).Float32()
			}
			if !sameFloat(v, want) {
				t.Fatalf("%s %#04x: got %v, want %v", d, i, v, want)
			}
			if got := binary.LittleEndian.Uint16(back.Data[2*i:]); got != uint16(i) && v == v {
				t.Fatalf("%s %#04x came back as %#04x", d, i, got)
			} else if again := map[DType]func(uint16) float32{F16: halfToFloat, BF16: widen}[d](got); v != v && again == again {
				t.Fatalf("%s %#04x: the NaN came back as %#04x", d, i, got)
			}
		}
	}
}

func widen(b uint16) float32 { return math.Float32frombits(uint32(b) << 16) }

// TestRounding compares with another library at, and one float beside, every boundary between two halves.
func TestRounding(t *testing.T) {
	for i := uint32(0); i < 0x7bff; i++ {
		low, high := halfToFloat(uint16(i)), halfToFloat(uint16(i+1))
		middle := (low + high) / 2
		for _, v := range []float32{middle, math.Nextafter32(middle, low), math.Nextafter32(middle, high), -middle} {
			if got, want := floatToHalf(v), uint16(float16.Fromfloat32(v)); got != want {
				t.Fatalf("%v: got %#04x, want %#04x", v, got, want)
			}
		}
	}
	for bits, want := range map[uint32]uint16{
		0x3f800000: 0x3f80, 0x3f808000: 0x3f80, 0x3f808001: 0x3f81, 0x3f818000: 0x3f82, // ties to even
		0x7f7fffff: 0x7f80, 0x7f800001: 0x7fc0, 0x00000001: 0x0000, 0x80000000: 0x8000,
	} {
		if got := floatToBF16(math.Float32frombits(bits)); got != want {
			t.Errorf("bfloat16 of %#08x: got %#04x, want %#04x", bits, got, want)
		}
	}
}

func TestAsRefusesOverflow(t *testing.T) {
	for _, c := range []struct {
		value float32
		to    DType
	}{{65520, F16}, {-1e6, F16}, {math.MaxFloat32, BF16}} {
		_, err := Float32([]int{2}, []float32{float32(math.Inf(1)), c.value}).As(c.to)
		if err == nil || !strings.Contains(err.Error(), "value 1, ") || !strings.Contains(err.Error(), string(c.to)) {
			t.Errorf("%v as %s: %v", c.value, c.to, err)
		}
	}
	if _, err := Float32([]int{1}, []float32{65519}).As(F16); err != nil {
		t.Error(err)
	}
	if _, err := Float32(nil, []float32{1}).As(I64); err == nil {
		t.Error("converted to I64")
	}
}

// TestFloatsOfFixtures converts every type of the fixtures, against the values that they list.
func TestFloatsOfFixtures(t *testing.T) {
	var all struct{ Files map[string]expected }
	readJSON(t, filepath.Join(fixtures, "good/expected.json"), &all)
	seen := map[DType]bool{}
	for name, want := range all.Files {
		file, err := Read(filepath.Join(fixtures, "good", name+".safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		for key, w := range want.Tensors {
			got, err := file.Tensors[key].Floats()
			if err != nil {
				t.Fatal(err)
			}
			if len(w.Values) == 0 {
				continue
			}
			seen[w.DType] = true
			if diff := cmp.Diff(floats(w.Values), got, cmp.Comparer(sameFloat)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, key, diff)
			}
		}
	}
	if len(seen) < 13 {
		t.Errorf("only %d types were seen: %v", len(seen), seen)
	}
}

func floats(values []any) []float32 {
	all := []float32{}
	for _, v := range values {
		switch v := v.(type) {
		case float64:
			all = append(all, float32(v))
		case bool:
			all = append(all, map[bool]float32{true: 1}[v])
		case string:
			x, err := strconv.ParseFloat(v, 64)
			if err != nil {
				panic(err)
			}
			all = append(all, float32(x))
		}
	}
	return all
}

// TestManyPieces converts more than one piece, with a rest.
func TestManyPieces(t *testing.T) {
	values := make([]float32, 3*piece+5)
	for i := range values {
		values[i] = float32(i % 1000)
	}
	narrow, err := Float32([]int{len(values)}, values).As(F16)
	if err != nil {
		t.Fatal(err)
	}
	got, err := narrow.Floats()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(values, got) {
		t.Error("values differ")
	}
	if err := narrow.FloatsInto(got[1:]); err == nil {
		t.Error("converted into memory that is too short")
	}
	if _, err := (Tensor{"C64", []int{1}, make([]byte, 8)}).Floats(); err == nil {
		t.Error("complex numbers were converted")
	}
}

// TestCutShortWhileMapped makes the fault of a file that somebody truncates an error, not the end of the process.
func TestCutShortWhileMapped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if _, err := Write(path, map[string]Tensor{"w": Float32([]int{1 << 20}, make([]float32, 1<<20))}, nil); err != nil {
		t.Fatal(err)
	}
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := os.Truncate(path, 4096); err != nil {
		t.Fatal(err)
	}
	w, err := a.Tensor("w")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Floats(); err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("got %v", err)
	}
}
