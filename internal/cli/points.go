package cli

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"inkstone/tracker"
)

type pointJSON struct {
	Step  int64         `json:"step"`
	Time  time.Time     `json:"time"`
	Value tracker.Value `json:"value"`
}

func (a *app) points() *cobra.Command {
	var format string
	var superseded bool
	var q tracker.Series
	c := &cobra.Command{
		Use:   "points RUN METRIC",
		Short: "Print every point of a metric of a run",
		Long: `Points prints one metric of one run, every point that counts. RUN is an id, a unique prefix of one, or
experiment/variant/seed. Points that a resume superseded are kept, and printed with --superseded.`,
		Example: `  inkstone points demo/baseline/1 val/loss
  inkstone points demo/baseline/1 train/loss --format json
  inkstone points demo/baseline/1 train/loss --superseded`,
		Args: exactArgs("RUN", "METRIC"),
		RunE: func(c *cobra.Command, args []string) error {
			if format != "csv" && format != "json" {
				return usagef("--format %q: want csv or json", format)
			}
			q.Metric = args[1]
			return a.withRun(c.Context(), args[0], func(store *tracker.Store, run tracker.Run) error {
				points, err := readPoints(c.Context(), store, run.ID, q, superseded)
				switch {
				case err != nil:
					return err
				case format == "json":
					return a.pointsJSON(points)
				}
				return a.pointsCSV(points)
			})
		},
	}
	c.Flags().StringVar(&format, "format", "csv", "`csv` or json")
	c.Flags().StringVar(&q.Context, "context", "", "the metric's `context`: subset, rank, epoch")
	c.Flags().BoolVar(&superseded, "superseded", false, "the points that a resume superseded, instead")
	return a.withStore(c)
}

func readPoints(ctx context.Context, store *tracker.Store, run string, q tracker.Series, superseded bool) ([]tracker.Point, error) {
	if superseded {
		return store.Superseded(ctx, run, q)
	}
	metrics, err := store.Metrics(ctx, run)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(metrics, q.Metric) {
		return nil, usagef("run %s has no metric %q; it has %s", run, q.Metric, strings.Join(metrics, ", "))
	}
	return store.Points(ctx, run, q)
}

func (a *app) pointsJSON(points []tracker.Point) error {
	list := make([]pointJSON, len(points))
	for i, p := range points {
		list[i] = pointJSON{p.Step, p.Time.UTC(), p.Value}
	}
	return writeJSON(a.stdout, list)
}

func (a *app) pointsCSV(points []tracker.Point) error {
	w := csv.NewWriter(a.stdout)
	_ = w.Write([]string{"step", "time", "value"})
	for _, p := range points {
		_ = w.Write([]string{strconv.FormatInt(p.Step, 10), p.Time.UTC().Format(time.RFC3339Nano), formatValue(p.Value)})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("write points: %w", err)
	}
	return nil
}

// formatValue writes the shortest text that reads back as the same number.
func formatValue(v tracker.Value) string {
	switch text := strconv.FormatFloat(float64(v), 'g', -1, 64); text {
	case "+Inf":
		return "Infinity"
	case "-Inf":
		return "-Infinity"
	default:
		return text
	}
}
