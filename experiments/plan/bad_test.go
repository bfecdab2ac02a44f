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
			document, err := experiments.Parse(name, src, sets)
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
