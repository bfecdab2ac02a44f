package runner

import (
	"fmt"

	"inkstone/experiments"
	"inkstone/tracker"
)

// MetricInfos says what a run of a spec records: units, what the clock decides, and, for what validation measures, the
// key under which values are comparable.
func MetricInfos(s experiments.Spec, c experiments.Content) []tracker.MetricInfo {
	key := s.ComparabilityKey(c)
	list := []tracker.MetricInfo{
		{Name: "train/loss", Unit: "nats", Key: key},
		{Name: "train/grad_norm"},
		{Name: "train/learning_rate"},
		{Name: "train/reloads"},
		{Name: "train/tokens", Unit: "tokens"},
		{Name: "train/tokens_per_second", Unit: "tokens/s", WallTime: true},
		{Name: "val/loss", Unit: "nats", Key: key},
		{Name: "val/accuracy", Key: key},
		{Name: "val/bits_per_byte", Unit: "bits/byte", Key: key},
		{Name: "heads/chance"},
		{Name: "heads/induction"},
		{Name: "heads/previous_token"},
	}
	for layer := range s.Model.NumHiddenLayers {
		for _, name := range []string{"heads/induction", "heads/previous_token"} {
			list = append(list, tracker.MetricInfo{Name: fmt.Sprintf("%s/layer-%d", name, layer)})
		}
	}
	return list
}
