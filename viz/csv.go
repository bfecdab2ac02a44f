package viz

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"

	"inkstone/tracker"
)

// CSV writes what the figures of a metric are drawn from, a line for every value with the columns variant, seed, step and
// value, in the order of the plan and of the steps; of a step that was recorded again, the last value. Values that are no
// finite numbers are NaN, Infinity and -Infinity. Numbers have all their digits.
func CSV(ctx context.Context, s *tracker.Store, experiment, metric string, w io.Writer) error {
	r, err := read(ctx, s, experiment, metric)
	if err != nil {
		return fmt.Errorf("write %s as CSV: %w", metric, err)
	}
	lines := csv.NewWriter(w)
	_ = lines.Write([]string{"variant", "seed", "step", "value"}) // Flush tells of errors.
	for _, one := range r.series {
		seed := strconv.FormatInt(one.seed, 10)
		for _, p := range one.points {
			_ = lines.Write([]string{one.variant, seed, strconv.FormatInt(int64(p.x), 10), digits(p.y)})
		}
	}
	lines.Flush()
	if err := lines.Error(); err != nil {
		return fmt.Errorf("write %s as CSV: %w", metric, err)
	}
	return nil
}

// digits writes a value so that it is read back the same.
func digits(v float64) string {
	switch {
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
