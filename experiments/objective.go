package experiments

import "math"

// resolveObjective clears the numbers that an objective, or the tasks that it draws, do not use.
func resolveObjective(o *Objective) {
	switch o.Kind {
	case "infill":
		if o.Tasks.Token == 0 {
			o.MeanSpan, o.MaxSpan, o.BlockMaskProb = 0, 0, 0
		}
		if o.Tasks.Document == 0 {
			o.GPTMinRatio, o.GPTInfillProb = 0, 0
		}
		if o.Tasks.Token == 0 && o.Tasks.Sentence == 0 {
			o.MaskRatio = 0
		}
	case "mlm":
		*o = Objective{Kind: o.Kind, MaskRatio: o.MaskRatio}
	default:
		*o = Objective{Kind: o.Kind}
	}
}

func (v *validator) objective() {
	s := v.spec
	if s.Objective.Kind != "infill" && s.Objective.Kind != "mlm" {
		return
	}
	if n := s.Train.SequenceLength; n > 0 && n < 8 {
		v.wrong([]string{"train.sequence_length"}, "%d tokens leave no room for the masks of %s; it must be at least 8", n, s.Objective.Kind)
	}
	if s.Objective.Kind == "infill" {
		v.infill()
	}
}

func (v *validator) infill() {
	s := v.spec
	if s.Model.Positions == "rotary" || s.Model.Positions == "absolute" {
		at := []string{"model.positions", "objective.kind", "objective"}
		v.wrong(at, "%s tells one coordinate, but infill places tokens by two (text and span); take rotary-2d, learned or none", s.Model.Positions)
	}
	if float64(s.Objective.MaxSpan) < s.Objective.MeanSpan {
		v.wrong([]string{"objective.max_span", "objective.mean_span"}, "%d is below mean_span %g; make it at least that", s.Objective.MaxSpan, s.Objective.MeanSpan)
	}
	t := s.Objective.Tasks
	if sum := t.Token + t.Sentence + t.Document; math.Abs(sum-1) > 1e-9 {
		v.wrong([]string{"objective.tasks.token", "objective.tasks.sentence", "objective.tasks.document"},
			"token %g, sentence %g and document %g make %g; the shares of the tasks must make 1", t.Token, t.Sentence, t.Document, sum)
	}
}

func (v *validator) packing() {
	s := v.spec
	if s.Data.Packing != "documents" {
		return
	}
	if s.Data.Corpus == "repeats" {
		v.wrong([]string{"data.packing", "data.corpus"}, "the corpus repeats is made of rows already; leave packing out")
	}
	if s.Objective.Kind == "infill" {
		v.wrong([]string{"data.packing", "objective.kind", "objective"}, "a row of infill has one part A that all of it sees, so it cannot hold several documents; leave packing out, or take causal or mlm")
	}
}
