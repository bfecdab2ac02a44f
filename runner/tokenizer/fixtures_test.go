package tokenizer

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// golden is a text with what two reference libraries make of it.
type golden struct {
	Text   string   `json:"text"`
	Pieces []string `json:"pieces"`
	IDs    []int32  `json:"ids"`
	Plain  []int32  `json:"ids_special_as_text"`
}

func readFixture(t testing.TB, name string, v any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// goldens are all texts of the fixtures; in those of fuzz.json no special token occurs.
func goldens(t testing.TB) []golden {
	t.Helper()
	var named, random struct{ Goldens []golden }
	readFixture(t, "goldens.json", &named)
	readFixture(t, "fuzz.json", &random)
	for _, g := range random.Goldens {
		g.Plain = g.IDs
		named.Goldens = append(named.Goldens, g)
	}
	if len(named.Goldens) != 761 {
		t.Fatalf("%d goldens, want 761", len(named.Goldens))
	}
	return named.Goldens
}

// byteOf undoes the byte-level alphabet, in which printable bytes stand for themselves and the rest for letters from U+0100.
func byteOf() map[rune]byte {
	of, free := map[rune]byte{}, rune(0x100)
	for b := range 256 {
		if b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae {
			of[rune(b)] = byte(b)
		} else {
			of[free] = byte(b)
			free++
		}
	}
	return of
}

// fixtureBPE reads the merges of tokenizer.json.
func fixtureBPE(t testing.TB) *BPE {
	t.Helper()
	var file struct {
		Model struct {
			Vocab  map[string]int32
			Merges [][2]string
		}
	}
	readFixture(t, "tokenizer.json", &file)
	of := byteOf()
	for text, id := range file.Model.Vocab {
		if r := []rune(text); len(r) == 1 && of[r[0]] != byte(id) {
			t.Fatalf("the fixture gives %q id %d, want ids 0 to 255 to be the bytes", text, id)
		}
	}
	var merges [][2]int32
	for i, m := range file.Model.Merges {
		if id := file.Model.Vocab[m[0]+m[1]]; int(id) != byteVocab+i {
			t.Fatalf("the fixture's merge %d has id %d", i, id)
		}
		merges = append(merges, [2]int32{file.Model.Vocab[m[0]], file.Model.Vocab[m[1]]})
	}
	b, err := NewBPE(merges)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSplitGoldens(t *testing.T) {
	for _, g := range goldens(t) {
		got := []string{}
		Split([]byte(g.Text), func(piece []byte) { got = append(got, string(piece)) })
		if d := cmp.Diff(g.Pieces, got); d != "" {
			t.Errorf("Split(%q) (-want +got):\n%s", g.Text, d)
		}
	}
}

func TestEncodeGoldens(t *testing.T) {
	b := fixtureBPE(t)
	for _, g := range goldens(t) {
		got, err := b.Encode([]byte(g.Text))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(g.Plain, got); d != "" {
			t.Errorf("Encode(%q) (-want +got):\n%s", g.Text, d)
		}
		if text := string(b.Decode(got)); text != g.Text {
			t.Errorf("Decode(Encode(%q)) = %q", g.Text, text)
		}
	}
}

func TestDecodeGoldens(t *testing.T) {
	var file struct {
		Decode []struct {
			IDs []int32 `json:"ids"`
			Hex string  `json:"bytes_hex"`
		}
	}
	readFixture(t, "decode.json", &file)
	if len(file.Decode) == 0 {
		t.Fatal("there are no goldens")
	}
	b := fixtureBPE(t)
	for _, g := range file.Decode {
		if got := hex.EncodeToString(b.Decode(g.IDs)); got != g.Hex {
			t.Errorf("Decode(%v) = %s, want %s", g.IDs, got, g.Hex)
		}
	}
}
