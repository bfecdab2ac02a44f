package data

import "inkstone/experiments"

// sentenceTokens is the mean length that infilling allows sentences to have at least.
const sentenceTokens = 5

// SpanWindow is how many tokens of text a row of infilling's token and sentence tasks is made from. Each span takes two columns
// more: half more than the mean of that is left free. At the recipe's numbers a hundredth of the rows of 128 columns needs more,
// and is drawn again.
func SpanWindow(s experiments.Spec) int {
	mean := float64(sentenceTokens)
	if s.Objective.Tasks.Token > 0 {
		mean = min(mean, max(s.Objective.MeanSpan, 1))
	}
	return int(float64(s.Train.SequenceLength) / (1 + 3*s.Objective.MaskRatio/mean))
}

// WholeWindow is how many tokens of text a row of infilling's document task is made from: a mask and a start token more.
func WholeWindow(s experiments.Spec) int { return s.Train.SequenceLength - 2 }

// Overlap is how many tokens of a text are a target alone and take no column: the last one of "causal".
func Overlap(s experiments.Spec) int {
	if s.Objective.Kind == "causal" {
		return 1
	}
	return 0
}

// WindowLength is how many tokens of text a row is made from at most, so that it fits into train.sequence_length columns.
func WindowLength(s experiments.Spec) int {
	switch {
	case s.Objective.Kind != "infill":
		return s.Train.SequenceLength + Overlap(s)
	case s.Objective.Tasks.Document > 0:
		return WholeWindow(s)
	}
	return SpanWindow(s)
}
