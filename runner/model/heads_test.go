package model_test

import (
	"maps"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/runner/model"
	"inkstone/runner/reference"
)

// TestFixtureHeads compares what the heads of tasks give with the reference implementations.
func TestFixtureHeads(t *testing.T) {
	bert := familyOf(t, "bert_mlm")
	classify := func(f family) func(model.Lookup, model.Inputs, *Node) []*Node {
		return func(w model.Lookup, in model.Inputs, hidden *Node) []*Node {
			return []*Node{model.Classify(f.model, w, in, hidden)}
		}
	}
	for _, test := range []struct {
		name    string
		list    []model.Weight
		head    func(w model.Lookup, in model.Inputs, hidden *Node) []*Node
		outputs []string
		// inner is the number of values of each token; 0 where rows are scored.
		inner int
	}{
		{"sequence_classification", model.ScoreWeights(bert.model, 3, true), classify(bert), []string{"logits"}, 0},
		{"regression", model.ScoreWeights(bert.model, 1, true), classify(bert), []string{"logits"}, 0},
		{"token_classification", model.ScoreWeights(bert.model, 3, false), func(w model.Lookup, _ model.Inputs, hidden *Node) []*Node {
			return []*Node{model.ScoreTokens(w, hidden)}
		}, []string{"logits"}, 3},
		{"question_answering", model.SpanWeights(bert.model), func(w model.Lookup, _ model.Inputs, hidden *Node) []*Node {
			start, end := model.Spans(w, hidden)
			return []*Node{start, end}
		}, []string{"start_logits", "end_logits"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := bert.read(t, test.name+".expected.safetensors")
			head := valuesOf(t, bert.open(t, "model.safetensors", test.name+".model.safetensors"))
			r := fixtureRows(t, file, "")
			for i, got := range bert.headOutputs(t, head, test.list, r, test.head) {
				want := file.Floats(t, test.outputs[i])
				d := reference.Distance(got, want)
				if test.inner > 0 {
					d = rowsDiffer(got, want, r.valid, 1, test.inner)
				}
				if !reference.Near(d, bert.near) {
					t.Errorf("%s differ by %v", test.outputs[i], d)
				}
			}
		})
	}
	t.Run("decoder", func(t *testing.T) {
		f := familyOf(t, "chatglm2")
		file := f.read(t, "classifier.safetensors")
		list := model.ScoreWeights(f.model, 3, true)
		head := map[string][]float32{"score.weight": file.Floats(t, "classifier_head.weight"), "score.bias": file.Floats(t, "classifier_head.bias")}
		r := fixtureRows(t, f.read(t, "expected.safetensors"), "left_padded")
		got := f.headOutputs(t, head, list, r, classify(f))[0]
		if d := reference.Distance(got, file.Floats(t, "expected.logits")); !reference.Near(d, f.near) {
			t.Errorf("logits differ by %v", d)
		}
	})
}

// headOutputs runs a head with its own parameters behind the fixture's network.
func (f family) headOutputs(t *testing.T, own map[string][]float32, list []model.Weight, r rows, head func(model.Lookup, model.Inputs, *Node) []*Node) [][]float32 {
	t.Helper()
	values := maps.Clone(f.values)
	maps.Copy(values, own)
	return evaluate(t, slices.Concat(f.list, list), values, r, func(w model.Lookup, in model.Inputs) []*Node {
		return head(w, in, model.Forward(f.model, w, in, model.Capture{}).Hidden)
	})
}

// TestDecoderReadsLastToken checks that a decoder's row is scored where its text ends, on whichever side the padding lies.
func TestDecoderReadsLastToken(t *testing.T) {
	m := small()
	list := append(model.Weights(m, vocab, length), model.ScoreWeights(m, 2, true)...)
	values := initial(m)
	for _, w := range model.ScoreWeights(m, 2, true) {
		values[w.Name] = model.Initial(m, w, 1)
	}
	score := func(r rows) []float32 {
		return evaluate(t, list, values, r, func(w model.Lookup, in model.Inputs) []*Node {
			return []*Node{model.Classify(m, w, in, model.Forward(m, w, in, model.Capture{}).Hidden)}
		})[0]
	}
	alone, right, left := row(1, 2, 3), row(1, 2, 3, 0, 0), row(0, 0, 1, 2, 3)
	right.first, right.end = []int32{0}, []int32{3}
	left.first, left.end = []int32{2}, []int32{5}
	left.positions = [][]int32{{0, 0, 0, 1, 2}}
	for name, r := range map[string]rows{"right": right, "left": left} {
		if d := reference.Distance(score(alone), score(r)); !reference.Near(d, 1e-6) {
			t.Errorf("padding on the %s changes the score by %v", name, d)
		}
	}
}
