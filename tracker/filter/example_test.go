package filter_test

import (
	"fmt"
	"time"

	"inkstone/tracker/filter"
)

func Example() {
	catalog := filter.Catalog{
		Params:  map[string][]filter.Type{"train.learning_rate": {filter.TypeNumber}},
		Metrics: map[string][]string{"val/loss": {""}},
	}
	now := time.Date(2026, 11, 8, 12, 0, 0, 0, time.UTC)
	for _, text := range []string{"created > -7d and (min(val/loss) < 2.5 or learning_rate > 1e-4)", "created > -7d and (min(val/loss) < 2.5)"} {
		tree, err := filter.Parse(text, now)
		if err == nil {
			tree, err = filter.Check(tree, catalog)
		}
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(filter.Explain(tree))
	}
	// Output:
	// no run has an attribute, param, metric or tag learning_rate; did you mean train.learning_rate?
	//     created > -7d and (min(val/loss) < 2.5 or learning_rate > 1e-4)
	//                                               ^
	// created > 2026-11-01T12:00:00Z and min(metric.val/loss) < 2.5
}
