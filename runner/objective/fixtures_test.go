package objective

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// readFixture reads a set of reference values; INKSTONE_FIXTURES names another root than testdata.
func readFixture(t *testing.T, into any, name ...string) {
	t.Helper()
	root := os.Getenv("INKSTONE_FIXTURES")
	if root == "" {
		root = "testdata"
	}
	text, err := os.ReadFile(filepath.Join(append([]string{root}, name...)...))
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}
