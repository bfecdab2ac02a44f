package stats

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// Tolerances of the reference: closed forms, and p-values from special functions.
const (
	closed  = 1e-9
	special = 1e-6
)

// number reads the reference's JSON, in which NaN and the infinities are strings.
type number float64

func (n *number) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case `"NaN"`:
		*n = number(math.NaN())
	case `"Infinity"`:
		*n = number(math.Inf(1))
	case `"-Infinity"`:
		*n = number(math.Inf(-1))
	default:
		return json.Unmarshal(b, (*float64)(n))
	}
	return nil
}

type numbers []number

func (n numbers) floats() []float64 {
	out := make([]float64, len(n))
	for i, v := range n {
		out[i] = float64(v)
	}
	return out
}

// cases reads the cases of one method from testdata, or from $INKSTONE_FIXTURES/stats.
func cases[T any](t *testing.T, name string) []T {
	t.Helper()
	dir := "testdata"
	if root := os.Getenv("INKSTONE_FIXTURES"); root != "" {
		dir = filepath.Join(root, "stats")
	}
	raw, err := os.ReadFile(filepath.Join(dir, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Count int `json:"count"`
		Cases []T `json:"cases"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) == 0 || len(file.Cases) != file.Count {
		t.Fatalf("%s: %d cases, its header says %d", name, len(file.Cases), file.Count)
	}
	return file.Cases
}

func near(got, want, relative float64) bool {
	if math.IsNaN(want) || math.IsNaN(got) {
		return math.IsNaN(want) && math.IsNaN(got)
	}
	return got == want || math.Abs(got-want) <= relative*max(math.Abs(want), 1e-3)
}

func expect(t *testing.T, what string, got float64, want number, relative float64) {
	t.Helper()
	if !near(got, float64(want), relative) {
		t.Errorf("%s = %.17g, want %.17g", what, got, float64(want))
	}
}
