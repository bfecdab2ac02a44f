package runner

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The head is computed at every place that counts, at few others, and in two shapes.
func TestScoredPlaces(t *testing.T) {
	for name, test := range map[string]struct {
		weights []float32
		want    []int32
	}{
		"few targets":   {[]float32{0, 0, 0, 1, 0, 0, 0, 0}, []int32{3, 0}},
		"a quarter":     {[]float32{0, 0, 0, 0.5, 0, 0, 1, 0}, []int32{3, 6}},
		"more":          {[]float32{1, 0, 1, 1}, []int32{0, 2, 3, 1}},
		"no target":     {[]float32{0, 0, 0, 0}, []int32{0}},
		"uneven length": {[]float32{0, 0, 1, 1, 0}, []int32{2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, scoredPlaces(test.weights)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
