package tokenizer

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sourceText is the first bytes of the standard library's packages, in the order of their paths. A text that repeated itself
// would measure the cache of pieces alone.
func sourceText(t testing.TB, most int) []byte {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatalf("find the standard library: %v", err)
	}
	var text []byte
	enough := errors.New("enough")
	err = filepath.WalkDir(filepath.Join(strings.TrimSpace(string(out)), "src"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		one, err := os.ReadFile(path)
		if text = append(text, one...); len(text) >= most {
			return enough
		}
		return err
	})
	if !errors.Is(err, enough) {
		t.Fatalf("read %d bytes of %d: %v", len(text), most, err)
	}
	return text[:most]
}

// BenchmarkEncode starts with an empty cache of pieces, as a preparation does.
func BenchmarkEncode(b *testing.B) {
	text := sourceText(b, 8<<20)
	merges := train(b, [][]byte{text[:1<<20]}, 1024).merges
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		bpe, err := NewBPE(merges)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := bpe.Encode(text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTrain learns the vocabulary of go-infill on the most text that a preparation samples.
func BenchmarkTrain(b *testing.B) {
	text := sourceText(b, 16<<20)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		train(b, [][]byte{text}, 1024)
	}
}
