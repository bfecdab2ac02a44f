package experiments

import (
	"math"
	"strings"
)

// resolve fills in what other fields decide, and clears what has no effect, so that two specs that train the same have the
// same settings: repeats without that corpus, rotary numbers without a rotation, the size of tables without tables, infill's numbers without infill, and so on.
func (v *validator) resolve() {
	v.resolveData()
	v.resolveModel()
	v.resolveSchedule()
	v.resolveRecord()
	v.resolveStop()
}

func (v *validator) resolveData() {
	s := v.spec
	if s.Data.Corpus == "repeats" {
		s.Data.Validation.Share = 0
	} else {
		s.Data.Repeats = Repeats{}
	}
	if len(s.Data.Files) == 0 {
		s.Data.Field = ""
	}
	for i, glob := range s.Data.Files {
		s.Data.Files[i] = absolute(v.file, glob)
	}
	if s.Tokenizer.Kind == "auto" {
		s.Tokenizer.Kind = "bytes"
		if s.Data.Corpus == "repeats" {
			s.Tokenizer.Kind = "symbols"
		}
	}
	if s.Tokenizer.Kind != "bpe" {
		s.Tokenizer.VocabSize = 0
	}
	resolveObjective(&s.Objective)
}

func (v *validator) resolveModel() {
	m := &v.spec.Model
	if !v.has("model.num_key_value_heads") {
		m.NumKeyValueHeads = m.NumAttentionHeads
	}
	if !v.has("model.head_dim") && m.NumAttentionHeads > 0 {
		m.HeadDim = m.HiddenSize / m.NumAttentionHeads
	}
	switch {
	case m.MLP == "none":
		m.IntermediateSize = 0
	case m.IntermediateSize == 0:
		m.IntermediateSize = autoIntermediate(m.HiddenSize, m.MLP)
	}
	if !v.has("model.residual_scale") {
		m.ResidualScale = 1
		if m.NormPlacement == "normed-residual" {
			m.ResidualScale = math.Sqrt(2 * float64(m.NumHiddenLayers))
		}
	}
	v.resolvePositions()
}

// resolvePositions keeps the numbers of the kind of positions that is used.
func (v *validator) resolvePositions() {
	m := &v.spec.Model
	tables := m.Positions == "learned" || m.Positions == "absolute"
	switch {
	case !tables:
		m.MaxPositionEmbeddings = 0
	case !v.has("model.max_position_embeddings"):
		m.MaxPositionEmbeddings = v.spec.Train.SequenceLength
	}
	if m.Positions != "rotary" && m.Positions != "rotary-2d" {
		m.RopeTheta, m.PartialRotaryFactor, m.RopePairing = 0, 0, ""
		return
	}
	if !v.has("model.rope_pairing") {
		m.RopePairing = "interleaved"
		if m.Positions == "rotary-2d" {
			m.RopePairing = "half"
		}
	}
	if m.Positions == "rotary-2d" {
		m.PartialRotaryFactor = 0
	}
}

// autoIntermediate is the MLP's width at which gelu (two matrices) and swiglu or geglu (three) have equally many parameters,
// 6·h·k with k = ceil(4h/3): for gelu the usual 4h, rounded up to a multiple of three.
func autoIntermediate(hidden int, mlp string) int {
	k := (4*hidden + 2) / 3
	if strings.HasPrefix(mlp, "gelu") {
		return 3 * k
	}
	return 2 * k
}

func (v *validator) resolveSchedule() {
	t := &v.spec.Train
	if v.has("train.warmup_steps") {
		t.WarmupRatio = 0
	}
	if t.Warmup() == 0 {
		t.WarmupStartRatio = 0
	}
	if t.LRSchedulerType != "wsd" {
		t.DecayRatio, t.DecayType = 0, ""
	}
	if t.LRSchedulerType != "cosine_with_restarts" {
		t.NumCycles = 0
	}
	if t.LRSchedulerType != "polynomial" {
		t.Power = 0
	}
	if t.LRSchedulerType == "constant" || t.LRSchedulerType == "inverse_sqrt" {
		t.MinLRRatio = 0
	}
}

func (v *validator) resolveRecord() {
	s := v.spec
	if !v.has("record.head_scores.every") && s.Data.Corpus == "repeats" {
		s.Record.HeadScores.Every = s.Record.Validation.Every
	}
	if !v.has("record.head_ablation.at") {
		s.Record.HeadAblation.At = "never"
		if s.Record.HeadScores.Every > 0 {
			s.Record.HeadAblation.At = "end"
		}
	}
	if !v.has("record.attention.at") {
		s.Record.Attention.At = "never"
		if len(s.Record.Attention.Prompts) > 0 {
			s.Record.Attention.At = "log"
		}
	}
	if !v.has("record.samples.at") {
		s.Record.Samples.At = "never"
		if len(s.Record.Samples.Prompts) > 0 {
			s.Record.Samples.At = "log"
		}
	}
	if !v.has("compare.goal") {
		s.Compare.Goal = "minimize"
		if maximized(s.Compare.Metric) {
			s.Compare.Goal = "maximize"
		}
	}
}

// maximized tells whether a metric's larger values are the better ones.
func maximized(metric string) bool {
	return metric == "val/accuracy" || metric == "train/tokens_per_second" || strings.HasPrefix(metric, "heads/")
}
