package viz

import (
	"context"
	"fmt"

	"gonum.org/v1/plot"

	"inkstone/tracker"
)

// RunCurve draws a metric of one run over its steps. A metric that the run has not is tracker.ErrNotFound, and the error
// names those that it has; a run without points yet is a figure that says so.
func RunCurve(ctx context.Context, s *tracker.Store, run tracker.Run, metric string) (*Figure, error) {
	one := series{variant: run.Variant, seed: run.Seed}
	info, found, err := one.read(ctx, s, run, metric)
	if err == nil && !found {
		err = knownMetrics("run "+run.ID, metric, []tracker.Run{run})
	}
	if err != nil {
		return nil, fmt.Errorf("draw %s: %w", metric, err)
	}
	ch := chart{
		title:  fmt.Sprintf("%s of %s/%s, seed %d", metric, run.Experiment, run.Variant, run.Seed),
		yLabel: label(metric, info.Unit),
		extent: newExtent(),
	}
	ch.facts = append([]string{label(metric, info.Unit) + fmt.Sprintf(" of one run over training steps: %s/%s, seed %d.", run.Experiment, run.Variant, run.Seed)},
		sources([]series{one})...)
	ch.extent.addAll(one.points)
	if len(one.points) == 0 {
		ch.sentence = fmt.Sprintf("No points of %s yet: the run is %s.", metric, run.Status)
	}
	ch.plotters = func(l *look) []plot.Plotter {
		line := l.line(1, widthSingle)
		return []plot.Plotter{through(line, one.points), edgeMarks{line.Color, one.points}}
	}
	return ch.figure(), nil
}
