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
		{Name: headChance},
		{Name: heads.AblationLoss, Unit: "nats", Key: key},
	}
	return append(list, headInfos(s.Model.NumHiddenLayers)...)
}

// headInfos are those of the measures of heads.
func headInfos(layers int) []tracker.MetricInfo {
	var list []tracker.MetricInfo
	for _, m := range heads.Measures() {
		list = append(list, tracker.MetricInfo{Name: m.Metric(), Unit: m.Unit()}, tracker.MetricInfo{Name: m.ChanceMetric(), Unit: m.Unit()})
	}
	for _, m := range heads.Roles() {
		for layer := range layers {
			list = append(list, tracker.MetricInfo{Name: m.LayerMetric(layer)})
		}
	}
	return list
}
