package viz

import (
	"context"
	"fmt"

	"inkstone/tracker"
)

func drawCurves(ctx context.Context, s *tracker.Store, r Request) (*Figure, error) {
	return ExperimentCurves(ctx, s, r.Experiment, r.Metric)
}

func drawDifference(ctx context.Context, s *tracker.Store, r Request) (*Figure, error) {
	return Differences(ctx, s, r.Experiment, r.Metric)
}

func drawCurve(ctx context.Context, s *tracker.Store, r Request) (*Figure, error) {
	if len(r.Runs) != 1 {
		return nil, fmt.Errorf("%w: a curve is of one run, and %d are named", tracker.ErrInvalid, len(r.Runs))
	}
	run, err := s.Run(ctx, r.Runs[0])
	if err != nil {
		return nil, err
	}
	return RunCurve(ctx, s, run, r.Metric)
}
