package model

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas
)

// TestFixtureHeads compares what the heads of tasks give with the reference implementations.
func TestFixtureHeads(t *testing.T) {
	bert := familyOf(t, "bert_mlm")
	classify := func(f family) func(Lookup, Inputs, *Node) []*Node {
		return func(w Lookup, in Inputs, hidden *Node) []*Node { return []*Node{Classify(f.model, w, in, hidden)} }
	}
	for _, test := range []struct {
		name    string
		list    []Weight
		head    func(w Lookup, in Inputs, hidden *Node) []*Node
		outputs []string
		// inner is the number of values of each token; 0 where rows are scored.
		inner int
	}{
		{"sequence_classification", ScoreWeights(bert.model, 3, true), classify(bert), []string{"logits"}, 0},
		{"regression", ScoreWeights(bert.model, 1, true), classify(bert), []string{"logits"}, 0},
		{"token_classification", ScoreWeights(bert.model, 3, false), func(w Lookup, _ Inputs, hidden *Node) []*Node {
			return []*Node{ScoreTokens(w, hidden)}
		}, []string{"logits"}, 3},
		{"question_answering", SpanWeights(bert.model), func(w Lookup, _ Inputs, hidden *Node) []*Node {
			start, end := Spans(w, hidden)
			return []*Node{start, end}
		}, []string{"start_logits", "end_logits"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := readTensors(t, "bert_mlm", test.name+".expected.safetensors")
			head := bert.dialect.canonical(t, bert.model, test.list, readTensors(t, "bert_mlm", test.name+".model.safetensors"))
			r := fixtureRows(t, file, "")
			for i, got := range bert.headOutputs(t, head, test.list, r, test.head) {
				want := file.floats(t, test.outputs[i])
				d := distance(got, want)
				if test.inner > 0 {
					d = rowsDiffer(got, want, r.valid, 1, test.inner)
				}
				if !near(d, bert.near) {
					t.Errorf("%s differ by %v", test.outputs[i], d)
				}
			}
		})
	}
	t.Run("decoder", func(t *testing.T) {
		f := familyOf(t, "chatglm2")
		file := readTensors(t, "chatglm2", "classifier.safetensors")
		list := ScoreWeights(f.model, 3, true)
		head := map[string][]float32{"score.weight": file.floats(t, "classifier_head.weight"), "score.bias": file.floats(t, "classifier_head.bias")}
		r := fixtureRows(t, readTensors(t, "chatglm2", "expected.safetensors"), "left_padded")
		got := f.headOutputs(t, head, list, r, classify(f))[0]
		if d := distance(got, file.floats(t, "expected.logits")); !near(d, f.near) {
			t.Errorf("logits differ by %v", d)
		}
	})
}

// headOutputs runs a head with its own parameters behind the fixture's network.
func (f family) headOutputs(t *testing.T, own map[string][]float32, list []Weight, r rows, head func(Lookup, Inputs, *Node) []*Node) [][]float32 {
	t.Helper()
	values := f.values(t, "model.safetensors")
	for name, v := range own {
		values[name] = v
	}
	return evaluate(t, append(f.list(), list...), values, r, func(w Lookup, in Inputs) []*Node {
		return head(w, in, Forward(f.model, w, in, Capture{}).Hidden)
	})
}

// TestDecoderReadsLastToken checks that a decoder's row is scored where its text ends, on whichever side the padding lies.
func TestDecoderReadsLastToken(t *testing.T) {
	m := small()
	list := append(Weights(m, vocab, length), ScoreWeights(m, 2, true)...)
	values := initial(m)
	for _, w := range ScoreWeights(m, 2, true) {
		values[w.Name] = Initial(m, w, 1)
	}
	score := func(r rows) []float32 {
		return evaluate(t, list, values, r, func(w Lookup, in Inputs) []*Node {
			return []*Node{Classify(m, w, in, Forward(m, w, in, Capture{}).Hidden)}
		})[0]
	}
	alone, right, left := row(1, 2, 3), row(1, 2, 3, 0, 0), row(0, 0, 1, 2, 3)
	right.first, right.end = []int32{0}, []int32{3}
	left.first, left.end = []int32{2}, []int32{5}
	left.positions = [][]int32{{0, 0, 0, 1, 2}}
	for name, r := range map[string]rows{"right": right, "left": left} {
		if d := distance(score(alone), score(r)); !near(d, 1e-6) {
			t.Errorf("padding on the %s changes the score by %v", name, d)
		}
	}
}
