package model

import (
	. "github.com/gomlx/gomlx/core/graph" //nolint:revive // graph functions read like formulas

	"inkstone/experiments"
)

// The heads of tasks are functions over Output.Hidden [B,T,H].

// ScoreWeights are the parameters of Classify and ScoreTokens. The family bert classifies rows through its pooler.
func ScoreWeights(m experiments.Model, labels int, pooled bool) []Weight {
	list := linearParameters("score", labels, m.HiddenSize, true, StartNormal)
	if pooled && m.Family == "bert" {
		list = append(linearParameters("pooler.dense", m.HiddenSize, m.HiddenSize, true, StartNormal), list...)
	}
	return list
}

// SpanWeights are the parameters of Spans.
func SpanWeights(m experiments.Model) []Weight {
	return linearParameters("qa_outputs", 2, m.HiddenSize, true, StartNormal)
}

// Classify scores rows: [B,labels], or a regression's value for one label. The family bert reads the first column, through a
// dense layer and tanh; a decoder reads the last column that is not padding.
func Classify(m experiments.Model, w Lookup, in Inputs, hidden_BTH *Node) *Node {
	p := &pass{m: m, w: w}
	if m.Family == "bert" {
		first_BH := Squeeze(SliceAxis(hidden_BTH, 1, AxisElem(0)), 1)
		return p.linear("score", Tanh(p.linear("pooler.dense", first_BH, true)), true)
	}
	last_BH := Squeeze(SliceAxis(hidden_BTH, 1, AxisElem(-1)), 1)
	if in.Valid != nil {
		t := hidden_BTH.Shape().Dimensions[1]
		last_BH = Einsum("bt,bth->bh", OneHot(AddScalar(in.Valid, -1), t, hidden_BTH.DType()), hidden_BTH)
	}
	return p.linear("score", last_BH, true)
}

// ScoreTokens scores every token: [B,T,labels].
func ScoreTokens(w Lookup, hidden_BTH *Node) *Node {
	return (&pass{w: w}).linear("score", hidden_BTH, true)
}

// Spans scores every column as an answer's start and end, [B,T] each.
func Spans(w Lookup, hidden_BTH *Node) (start_BT, end_BT *Node) {
	y_BT2 := (&pass{w: w}).linear("qa_outputs", hidden_BTH, true)
	return Squeeze(SliceAxis(y_BT2, 2, AxisElem(0)), 2), Squeeze(SliceAxis(y_BT2, 2, AxisElem(1)), 2)
}
