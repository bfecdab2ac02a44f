package heads

import (
	"fmt"
)

// prefix begins the metrics that are recorded of heads.
const prefix = "heads/"

// AblationLoss is the metric of the change of the probe's loss when a head's output is replaced by its mean, in nats: what
// the model loses with the head.
const AblationLoss = prefix + "ablation_loss"

var names = [measures]struct{ name, title, does string }{
	PreviousToken:     {"previous_token", "previous token", "looks at the token before"},
	FirstToken:        {"first_token", "first token", "rests on the first token"},
	Induction:         {"induction", "induction", "looks behind an earlier occurrence of the token"},
	SameToken:         {"same_token", "same token", "looks at earlier occurrences of the token"},
	BlockDiagonal:     {"block_diagonal", "block-diagonal", "stays within its own block"},
	Entropy:           {"entropy", "entropy", ""},
	NormalizedEntropy: {"entropy_normalized", "normalised entropy", ""},
	Distance:          {"distance", "mean distance", ""},
}

// String is the measure's name in metrics, as "previous_token".
func (m Measure) String() string { return names[m].name }

// Title is the measure's name in texts, as "previous token".
func (m Measure) Title() string { return names[m].title }

// Does says what a head does that has the role; empty for measures that name none.
func (m Measure) Does() string { return names[m].does }

// Unit is "nats" or "tokens", or empty for a share.
func (m Measure) Unit() string {
	switch m {
	case Entropy:
		return "nats"
	case Distance:
		return "tokens"
	}
	return ""
}

// Metric is the metric under which the measure of each head is recorded, in the head's context.
func (m Measure) Metric() string { return prefix + m.String() }

// ChanceMetric is the metric of the measure's chance level, the same for all heads.
func (m Measure) ChanceMetric() string { return m.Metric() + "/chance" }

// LayerMetric is the metric of the best head of a layer, counted from 0.
func (m Measure) LayerMetric(layer int) string { return fmt.Sprintf("%s/layer-%d", m.Metric(), layer) }

// Parse finds a measure by its name.
func Parse(name string) (Measure, bool) {
	for _, m := range Measures() {
		if m.String() == name {
			return m, true
		}
	}
	return 0, false
}

// Context is the context in which a head's series are recorded, as "L0H3": layer and head from 0.
func Context(layer, head int) string { return fmt.Sprintf("L%dH%d", layer, head) }

// ParseContext reads what Context wrote.
func ParseContext(context string) (layer, head int, ok bool) {
	if _, err := fmt.Sscanf(context, "L%dH%d", &layer, &head); err != nil || layer < 0 || head < 0 {
		return 0, 0, false
	}
	return layer, head, Context(layer, head) == context
}
