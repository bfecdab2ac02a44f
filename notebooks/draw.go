package notebooks

import (
	"context"
	"fmt"
	"slices"

	"inkstone/tracker"
	"inkstone/viz"
)

// ForestKind is the kind of a figure that is drawn from a table rather than from points.
const ForestKind = "forest"

// Kinds are the figures that there are: viz's, and those of tables.
func Kinds() []string {
	names := append(viz.Kinds(), ForestKind)
	slices.Sort(names)
	return names
}

// Draw draws a requested figure of any kind.
func Draw(ctx context.Context, s *tracker.Store, r viz.Request) (*viz.Figure, error) {
	if r.Kind != ForestKind {
		return r.Draw(ctx, s)
	}
	t, err := requestedTable(ctx, s, r)
	if err != nil {
		return nil, fmt.Errorf("draw the forest plot: %w", err)
	}
	f := t.Forest()
	if r.Dark {
		f = f.Themed(viz.Dark)
	}
	return f, nil
}

// requestedTable is the table of an experiment, or of chosen groups.
func requestedTable(ctx context.Context, s *tracker.Store, r viz.Request) (*AblationTable, error) {
	if r.Experiment != "" {
		return Table(ctx, s, r.Experiment, r.Metric)
	}
	runs, _, err := s.Choose(ctx, r.Where, r.Runs)
	if err != nil {
		return nil, err
	}
	c, err := Choice{Group: r.Group, Metric: r.Metric, Baseline: r.Baseline}.Of(ctx, s, runs)
	if err != nil {
		return nil, err
	}
	return Compare(ctx, s, c)
}

// Forest draws the differences of the table, each with its interval.
func (t *AblationTable) Forest() *viz.Figure {
	what := t.Metric
	if t.Unit != "" {
		what += " (" + t.Unit + ")"
	}
	f := viz.Forest{Title: t.Metric + " of " + t.Experiment + ": differences from " + t.Baseline, Label: "difference in " + what}
	if t.Chosen {
		f.Title = t.Metric + ": differences from " + t.Baseline
	}
	cells := t.Cells()
	some := false
	for i := range t.Rows {
		r := &t.Rows[i]
		if i == 0 {
			continue
		}
		row := viz.ForestRow{Name: r.Variant, Diff: r.Diff, Low: r.DiffCILow, High: r.DiffCIHigh, Number: cells[i].Diff, Remark: r.basis(),
			Clear: r.PCorrected != nil && *r.PCorrected < 0.05}
		some = some || r.Diff != nil
		f.Rows = append(f.Rows, row)
	}
	switch {
	case len(f.Rows) == 0:
		f.Sentence = fmt.Sprintf("There is nothing to compare: %s is alone.", t.Baseline)
	case !some:
		f.Sentence = fmt.Sprintf("No differences in %s yet: they begin with the first pair of finished runs of one seed.", t.Metric)
	}
	f.Facts = t.forestFacts(what)
	return f.Figure()
}

// basis says of what a difference is the mean.
func (r *Row) basis() string {
	switch {
	case r.Diff == nil:
		return "not measured"
	case r.Pairs > 0:
		return "n = " + count(r.Pairs, "pair")
	}
	return fmt.Sprintf("n = %d, unpaired", r.N)
}

func (t *AblationTable) forestFacts(what string) []string {
	facts := []string{fmt.Sprintf("Difference in the last value of %s from %s, paired by seed where seeds are common, with intervals of %s.", what, t.Baseline, percentLevel(t.DiffLevel))}
	switch t.Goal {
	case "minimize":
		facts = append(facts, "Below zero is better.")
	case "maximize":
		facts = append(facts, "Above zero is better.")
	}
	if t.tested() {
		facts = append(facts, "A full dot is a difference whose corrected p is below .05.")
	}
	if t.Interim {
		facts = append(facts, "Interim: seeds are missing.")
	}
	for _, remark := range t.Remarks() {
		facts = append(facts, remark+".")
	}
	return facts
}
