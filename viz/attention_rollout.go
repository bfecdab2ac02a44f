package viz

import (
	"context"
	"fmt"

	"inkstone/internal/thousands"
	"inkstone/tracker"
	"inkstone/tracker/heads"
)

// drawRollout draws attention rollout from the input up to and including a layer (tracker/heads), as a map. It reads all
// heads of these layers.
func drawRollout(ctx context.Context, s *tracker.Store, r Request) (*Figure, error) {
	info, err := s.CaptureInfo(ctx, r.Capture)
	if err == nil {
		err = r.owns(info)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case info.Queries != info.Keys:
		return nil, fmt.Errorf("%w: rollout needs as many queries as keys, and capture %d has %d for %d", tracker.ErrInvalid, r.Capture, info.Queries, info.Keys)
	case r.Layer < 0 || r.Layer >= info.Layers:
		return nil, fmt.Errorf("%w: roll out to layer %d of %d; they count from 0", tracker.ErrInvalid, r.Layer, info.Layers)
	}
	weights, err := rollOut(ctx, s, info, r.Layer)
	if err != nil {
		return nil, err
	}
	r.Head = 0
	a, err := newAttention(info, r, weights)
	if err != nil {
		return nil, err
	}
	a.quantity, a.unit = "Attention rollout (share of each input token, no unit)", "share"
	a.heading = fmt.Sprintf("Rollout from the input to layer %d, step %s", r.Layer, thousands.Int(int(info.Step))) + inContext(info)
	a.facts = []string{"Each layer passes on half of a position and half of what its heads fetch on average (Abnar & Zuidema 2020)."}
	if err := a.nameRun(ctx, s); err != nil {
		return nil, err
	}
	return a.figure(), nil
}

func rollOut(ctx context.Context, s *tracker.Store, info tracker.CaptureInfo, upTo int) ([]float32, error) {
	rollout := heads.NewRollout(info.Keys)
	for layer := range upTo + 1 {
		all := make([][]float32, info.Heads)
		for head := range all {
			var err error
			if _, all[head], err = s.CaptureHead(ctx, info.ID, layer, head); err != nil {
				return nil, err
			}
		}
		rollout.Add(all...)
	}
	return rollout.Weights(), nil
}
