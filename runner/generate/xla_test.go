package generate

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/experiments"
	"inkstone/runner/backend"
	"inkstone/runner/reference"
)

func TestMain(m *testing.M) {
	backend.MaybeProbe()
	os.Exit(m.Run())
}

// The loop on the device gives what single steps give, and ends where they end.
func TestLoopIsSteps(t *testing.T) {
	b := reference.XLA(t)
	for name, m := range map[string]experiments.Model{"glm4": rotaryModel(), "chatglm-6b": chatglm1Model()} {
		t.Run(name, func(t *testing.T) {
			m.NumHiddenLayers = 1 // compiles fast
			g := generator(t, b.Compute, m, equalVocab, 64, initial(m))
			requests := randomRequests(m.Positions == "rotary-2d")
			for i := range requests {
				requests[i].Sampling, requests[i].MaxNewTokens = Sampling{}, 21+i
				if requests[i].Blanks != nil {
					requests[i].Blanks.At = []int{1}
				}
			}
			looped, err := g.Generate(t.Context(), requests, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range requests {
				requests[i].Sampling.BadWords = [][]int32{{-1, 0}} // which never comes, but has the host choose
			}
			single, err := g.Generate(t.Context(), requests, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range single {
				if diff := cmp.Diff(single[i].IDs, looped[i].IDs); diff != "" || single[i].Reason != looped[i].Reason {
					t.Errorf("row %d: %s by steps, %s by the loop (-steps +loop):\n%s", i, single[i].Reason, looped[i].Reason, diff)
				}
				for k, p := range single[i].LogProbs {
					if d := p - looped[i].LogProbs[k]; d > 1e-4 || d < -1e-4 {
						t.Errorf("row %d, token %d: log probability %v by steps, %v by the loop", i, k, p, looped[i].LogProbs[k])
					}
				}
			}
		})
	}
}
