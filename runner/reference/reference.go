// Package reference serves tests alone: it reads the values that reference implementations gave (testdata, a folder for each
// model), opens a backend that is exact enough to be compared with them, and measures how far results lie from them.
package reference

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"

	"inkstone/runner/backend"
)

// Path is where a file or folder of reference values lies: in this package's testdata, or below INKSTONE_FIXTURES.
func Path(t testing.TB, name ...string) string {
	t.Helper()
	root := os.Getenv("INKSTONE_FIXTURES")
	if root == "" {
		root = filepath.Join(module(t), "runner", "reference", "testdata")
	}
	return filepath.Join(append([]string{root}, name...)...)
}

// module is the folder of go.mod: tests run in their package's folder, at some depth below it.
func module(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no folder above has a go.mod; run tests in the source, or set INKSTONE_FIXTURES")
		}
	}
	t.Fatal(err)
	return ""
}

// JSON reads a document.
func JSON(t testing.TB, into any, name ...string) {
	t.Helper()
	text, err := os.ReadFile(Path(t, name...))
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Backend opens the Go backend, one operation after the other, until the test ends.
func Backend(t testing.TB) compute.Backend {
	t.Helper()
	b, err := gobackend.New("ops_sequential")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Finalize)
	return b
}

// XLA opens XLA on the CPU until the test or benchmark ends, which is skipped where it is not installed.
func XLA(t testing.TB) *backend.Backend {
	t.Helper()
	c, err := backend.Choose(t.Context(), string(backend.XLACPU), backend.Options{})
	if err != nil {
		t.Skipf("XLA on the CPU is not here: %v", err)
	}
	b, err := backend.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}
