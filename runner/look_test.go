package runner

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/runner/objective"
	"inkstone/tracker"
)

// lossesOf are the captures of losses.
func lossesOf(m *memory) []tracker.Capture {
	var list []tracker.Capture
	for _, c := range m.captures {
		if c.Kind == tracker.Losses {
			list = append(list, c)
		}
	}
	return list
}

// The losses of a prompt's tokens lie beside its maps, and their mean is the validation's loss of the same row.
func TestTokensHaveLosses(t *testing.T) {
	job, record := tinyJob(t)
	a, err := prepare(job)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.train(t.Context()); err != nil {
		t.Fatal(err)
	}
	var maps, places []string
	for _, c := range record.captures {
		if place := fmt.Sprint(c.Context, c.Step, c.Tokens); c.Kind == tracker.Losses {
			places = append(places, place)
		} else {
			maps = append(maps, place)
		}
	}
	if d := cmp.Diff(maps, places); d != "" || len(places) == 0 {
		t.Errorf("places (-maps +losses):\n%s", d)
	}
	list := lossesOf(record)
	last := list[len(list)-1].Values
	if len(last) != 8 || !math.IsNaN(float64(last[0])) {
		t.Fatalf("losses %v, want 8, the first of which is none", last)
	}
	sum := 0.0
	for _, v := range last[1:] {
		sum += float64(v)
	}
	ids, err := job.Prepared.Tokenizer.Encode([]byte("ABCDABCD"))
	if err != nil {
		t.Fatal(err)
	}
	row := objective.Causal(ids, 0)
	n := int32(len(row.Inputs))
	out, err := a.net.validate.Exec(hostBatch(objective.Batch{Rows: 1, Length: int(n), Inputs: row.Inputs, Targets: row.Targets, Weights: row.Weights,
		Positions: row.Positions, BlockPositions: row.BlockPositions, Prefix: []int32{0}, Valid: []int32{n}})...)
	if err != nil {
		t.Fatal(err)
	}
	if want := scalar(out[0]); math.Abs(sum-want) > 1e-5 {
		t.Errorf("the losses add up to %v, validation says %v", sum, want)
	}
}

// A prompt of infilling has no token that is to be predicted.
func TestInfillingHasNoLossesOfTokens(t *testing.T) {
	spec := strings.ReplaceAll(strings.ReplaceAll(tinySpec, "{corpus: repeats, repeats: {symbols: 8, min_period: 3, max_period: 5}, validation: {batches: 2}}",
		fmt.Sprintf("{files: [%q], validation: {share: 0.2, batches: 2}}", text(t))), "objective: causal", "objective: infill")
	job, record := jobOf(t, spec, "model.positions=rotary-2d", "train.sequence_length=48", "train.max_steps=1")
	mustRun(t, job)
	if len(record.captures) == 0 || len(lossesOf(record)) > 0 {
		t.Errorf("%d captures, %d of losses", len(record.captures), len(lossesOf(record)))
	}
}
