package plan

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"inkstone/experiments"
	"inkstone/experiments/decode"
	"inkstone/internal/golden"
)

// someSize is a corpus of 100 bytes where the file is called short.txt, none for none.txt, and long enough for others.
func someSize(d experiments.Data) (int64, error) {
	for _, f := range d.Files {
		switch filepath.Base(f) {
		case "short.txt":
			return 100, nil
		case "none.txt":
			return 0, errors.New("data.files: no file matches \"none.txt\"")
		}
	}
	return 1 << 30, nil
}

// TestBad compares the messages for each wrong spec with the text beside it. Lines "# --set path=value" at the top of a
// file are given as overrides.
func TestBad(t *testing.T) {
	const folder = "../testdata/bad"
	files, err := filepath.Glob(folder + "/*.yaml")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".yaml"), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var sets []string
			for line := range strings.Lines(string(src)) {
				if set, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "# --set "); ok {
					sets = append(sets, set)
				}
			}
			document, err := experiments.Parse(name, src, sets, someSize)
			if document != nil {
				_, err = Build(document)
			}
			var mistakes *decode.Errors
			if !errors.As(err, &mistakes) {
				t.Fatalf("the error is %T %v, not a list of mistakes", err, err)
			}
			golden.Check(t, strings.TrimSuffix(file, ".yaml")+".txt", err.Error()+"\n")
		})
	}
}
