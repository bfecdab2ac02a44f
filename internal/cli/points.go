package cli

import (
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
	c := &cobra.Command{
		Use:   "points RUN METRIC",
		Short: "Print every point of a metric of a run",
		Long: `Points prints one metric of one run, every point that was recorded. RUN is an id, a unique prefix of one, or
experiment/variant/seed.`,
		Example: `  inkstone points demo/baseline/1 val/loss
  inkstone points demo/baseline/1 train/loss --format json`,
		Args: exactArgs("RUN", "METRIC"),
		RunE: func(c *cobra.Command, args []string) error {
			if format != "csv" && format != "json" {
				return usagef("--format %q: want csv or json", format)
			}
			store, err := a.openStore()
			if err != nil {
				return err
			}
			defer store.Close()
			run, err := store.Run(c.Context(), args[0])
			if err != nil {
				return err
			}
			metrics, err := store.Metrics(c.Context(), run.ID)
			if err != nil {
				return err
			}
			if !slices.Contains(metrics, args[1]) {
				return usagef("run %s has no metric %q; it has %s", run.ID, args[1], strings.Join(metrics, ", "))
			}
			points, err := store.Points(c.Context(), run.ID, tracker.Series{Metric: args[1]})
			if err != nil {
				return err
			}
			if format == "json" {
				return a.pointsJSON(points)
			}
			return a.pointsCSV(points)
		},
	}
	c.Flags().StringVar(&format, "format", "csv", "`csv` or json")
	return a.withStore(c)
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
