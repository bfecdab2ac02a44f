package server

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"inkstone/server/live"
	"inkstone/tracker"
)

// TestPointsThatHaveAPlaceAtOnce looks at which points go to pages ahead of what is read again.
func TestPointsThatHaveAPlaceAtOnce(t *testing.T) {
	b := newBench(t, "other")
	event := tracker.Event{Kind: "points", Experiment: "study", Run: "r", Arrivals: []tracker.Arrival{
		{Metric: "val/loss", Points: []tracker.Point{{Step: 1, Value: 3}, {Step: 2, Value: tracker.Value(math.NaN())}, {Step: 5, Value: 2}}},
		{Metric: "val/loss", Context: "L0H0", Points: []tracker.Point{{Step: 1, Value: 9}}}, {Metric: "lr", Points: []tracker.Point{{Step: 1, Value: 8}}},
	}}
	all := []live.Point{{X: 1, Y: 3}, {X: 5, Y: 2}}
	for name, c := range map[string]struct {
		key  string
		want []live.Point
	}{
		"curves":                     {"curves?experiment=study&metric=val%2Floss", all},
		"a window":                   {"curves?experiment=study&metric=val%2Floss&from=4", all[1:]},
		"a context":                  {"curve?run=r&metric=val%2Floss&context=L0H0", []live.Point{{X: 1, Y: 9}}},
		"differences":                {"difference?experiment=study&metric=val%2Floss", nil},
		"another axis":               {"curves?experiment=study&metric=val%2Floss&x=train%2Ftokens", nil},
		"a metric that is not there": {"curves?experiment=study&metric=val%2Faccuracy", nil},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := b.made.figures.Open(c.key)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, f.Points(event)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
