package runner

import (
	"inkstone/experiments"
	"inkstone/tracker"
	"inkstone/tracker/heads"
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
		{Name: heads.AblationLoss, Unit: "nats"},
	}
	for _, m := range recordedMeasures {
		list = append(list, tracker.MetricInfo{Name: m.Metric(), Unit: m.Unit()})
	}
	for _, role := range heads.Roles() {
		list = append(list, tracker.MetricInfo{Name: role.ChanceMetric()})
		for layer := range s.Model.NumHiddenLayers {
			list = append(list, tracker.MetricInfo{Name: role.LayerMetric(layer)})
		}
	}
	return list
}
