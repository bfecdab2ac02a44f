package generate

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/runner/reference"
)

// The reference implementation's beam search: the same text and score.
func TestBeamFixtures(t *testing.T) {
	for _, folder := range generationFolders {
		t.Run(folder, func(t *testing.T) {
			c := readGenerations(t, folder)["beam4"]
			requests, want := c.requests()
			g := published(t, folder, 256)
			got, score, err := g.Beam(t.Context(), requests[0], Beams{Width: 4, LengthPenalty: 1})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want[0], got.IDs); diff != "" {
				t.Errorf("generated (-want +got):\n%s", diff)
			}
			if math.Abs(score-c.Scores[0]) > 1e-5 || got.Reason != ReasonLength {
				t.Errorf("score %v, ended by %s, want %v", score, got.Reason, c.Scores[0])
			}
		})
	}
}

// A search over all there is finds the most probable text, which greedy decoding misses, and texts that end are ranked.
func TestBeamFindsTheMostProbable(t *testing.T) {
	g := generator(t, reference.Backend(t), rotaryModel(), 8, 32, initial(rotaryModel()))
	r := Request{Prompt: []int32{1, 2}, MaxNewTokens: 2}
	best, bestSum := []int32(nil), math.Inf(-1)
	for a := range int32(8) {
		logits := forced(t, g, []Request{r}, [][]int32{{a, 0}})
		for b := range int32(8) {
			sum := float64(logits[a]) - logSum(logits[:8]) + float64(logits[8+b]) - logSum(logits[8:])
			if sum > bestSum {
				best, bestSum = []int32{a, b}, sum
			}
		}
	}
	got, score, err := g.Beam(t.Context(), r, Beams{Width: 4, LengthPenalty: 0})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(best, got.IDs); diff != "" || math.Abs(score-bestSum) > 1e-4 {
		t.Errorf("score %v, want %v; text (-want +got):\n%s", score, bestSum, diff)
	}
	r.Stop.IDs, r.MaxNewTokens = []int32{best[0]}, 6
	got, _, err = g.Beam(t.Context(), r, Beams{Width: 2, LengthPenalty: 0, EarlyStopping: true})
	if err != nil || got.Reason != ReasonStop {
		t.Errorf("ended by %s (%v), want the stop id", got.Reason, err)
	}
	if _, _, err := g.Beam(t.Context(), r, Beams{Width: 5}); err == nil {
		t.Error("a width of more than half the vocabulary is taken")
	}
}
