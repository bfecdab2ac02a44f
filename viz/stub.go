package viz

import (
	"context"
	"io"

	"inkstone/tracker"
)

// RunCurve draws one metric of one run over its steps.
func RunCurve(ctx context.Context, s *tracker.Store, run tracker.Run, metric string) (*Figure, error) {
	panic("not drawn")
}

// ExperimentCurves draws a metric of every variant.
func ExperimentCurves(ctx context.Context, s *tracker.Store, experiment, metric string) (*Figure, error) {
	panic("not drawn")
}

// Differences draws paired differences.
func Differences(ctx context.Context, s *tracker.Store, experiment, metric string) (*Figure, error) {
	panic("not drawn")
}

// AttentionMap draws one head.
func AttentionMap(info tracker.CaptureInfo, layer, head int, values []float32) (*Figure, error) {
	panic("not drawn")
}

// CSV writes points.
func CSV(ctx context.Context, s *tracker.Store, experiment, metric string, w io.Writer) error {
	panic("not written")
}
