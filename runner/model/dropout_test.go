package model_test

import (
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
	"github.com/google/go-cmp/cmp"

	"inkstone/experiments"
	"inkstone/runner/model"
	"inkstone/runner/reference"
)

// TestDropShare checks how many values are dropped, and that the mean stays.
func TestDropShare(t *testing.T) {
	keys, sites := model.DropoutKeys(small(), 1, 1, 0)
	got := evaluate(t, nil, nil, row(1), func(_ model.Lookup, in model.Inputs) []*Node {
		g := in.Tokens.Graph()
		random := model.Inputs{Random: keyNode(g, keys)}
		ones := OnesLike(BroadcastToDims(Const(g, float32(1)), 200, 200))
		return []*Node{model.Drop(random, ones, 0.3, 0), model.Drop(random, ones, 0.3, sites-1)}
	})
	for _, values := range got {
		dropped, sum := 0, 0.0
		for _, v := range values {
			if v == 0 {
				dropped++
			}
			sum += float64(v)
		}
		if share := float64(dropped) / 40000; math.Abs(share-0.3) > 0.01 {
			t.Errorf("%v of the values are dropped, want 0.3", share)
		}
		if mean := sum / 40000; math.Abs(mean-1) > 0.02 {
			t.Errorf("the mean becomes %v, want 1", mean)
		}
	}
	if slices.Equal(got[0], got[1]) {
		t.Error("two sites drop the same values")
	}
}

func keyNode(g *Graph, keys []uint64) *Node { return Const(g, slices.Collect(slices.Chunk(keys, 3))) }

// TestDropout checks that each kind of dropout changes what training sees, the same for the same key, and that without keys
// nothing is dropped.
func TestDropout(t *testing.T) {
	logits := func(m experiments.Model, step int) []float32 {
		return evaluate(t, model.Weights(m, vocab, length), initial(m), row(1, 2, 3, 4, 5, 6), func(w model.Lookup, in model.Inputs) []*Node {
			if step > 0 {
				keys, _ := model.DropoutKeys(m, 7, step, 0)
				in.Random = keyNode(in.Tokens.Graph(), keys)
			}
			return []*Node{model.Logits(m, w, model.Forward(m, w, in, model.Capture{}).Hidden)}
		})[0]
	}
	plain := logits(small(), 0)
	for name, set := range map[string]func(*experiments.Model){
		"embedding": func(m *experiments.Model) { m.EmbeddingDropout = 0.2 },
		"attention": func(m *experiments.Model) { m.AttentionDropout = 0.2 },
		"hidden":    func(m *experiments.Model) { m.HiddenDropout = 0.2 },
	} {
		m := with(set)
		one := logits(m, 1)
		if reference.Distance(one, plain) == 0 || reference.Distance(one, logits(m, 2)) == 0 {
			t.Errorf("%s: the logits are those without dropout, or those of another step", name)
		}
		if reference.Distance(one, logits(m, 1)) != 0 {
			t.Errorf("%s: the same step drops something else", name)
		}
		if reference.Distance(logits(m, 0), plain) != 0 {
			t.Errorf("%s: values are dropped without keys", name)
		}
	}
}

func TestDropoutKeys(t *testing.T) {
	m := small()
	keys := func(seed int64, step, part int) []uint64 { k, _ := model.DropoutKeys(m, seed, step, part); return k }
	if diff := cmp.Diff(keys(1, 2, 3), keys(1, 2, 3)); diff != "" {
		t.Errorf("the same place has other keys:\n%s", diff)
	}
	for name, other := range map[string][]uint64{"seed": keys(2, 2, 3), "step": keys(1, 3, 3), "part": keys(1, 2, 4)} {
		if slices.Equal(other, keys(1, 2, 3)) {
			t.Errorf("another %s has the same keys", name)
		}
	}
}
