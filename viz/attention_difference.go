package viz

import (
	"context"
	"fmt"
	"slices"

	"inkstone/internal/thousands"
	"inkstone/tracker"
)

// readDifference reads the same head of another capture, and takes it away: of another step, run or variant. Captures of
// other tokens have no difference.
func readDifference(ctx context.Context, s *tracker.Store, r Request, info tracker.CaptureInfo, values []float32) (*attention, error) {
	other, err := s.CaptureInfo(ctx, r.Against)
	if err != nil {
		return nil, err
	}
	if err := comparable(r, info, other); err != nil {
		return nil, err
	}
	_, taken, err := s.CaptureHead(ctx, r.Against, r.Layer, r.Head)
	if err != nil {
		return nil, err
	}
	difference := make([]float32, len(values))
	for i, v := range values {
		difference[i] = v - taken[i]
	}
	a, err := newAttention(info, r, difference)
	if err != nil {
		return nil, err
	}
	a.quantity, a.unit = "Differences of attention weights (no unit)", "difference"
	a.colour(true)
	return a, a.nameBoth(ctx, s, r, other)
}

// comparable refuses captures whose weights are not of the same pairs of tokens.
func comparable(r Request, info, other tracker.CaptureInfo) error {
	const cannot = "%w: captures %d and %d cannot be subtracted: "
	switch {
	case other.Kind != tracker.Attention:
		return fmt.Errorf(cannot+"the second is of kind %q, and no attention map", tracker.ErrInvalid, info.ID, other.ID, other.Kind)
	case other.Queries != info.Queries || !slices.Equal(other.Tokens, info.Tokens):
		return fmt.Errorf(cannot+"they are of different tokens; choose one of the same prompt with the same tokenizer", tracker.ErrInvalid, info.ID, other.ID)
	case r.Layer >= other.Layers || r.Head >= other.Heads:
		return fmt.Errorf(cannot+"the second has %s of %s, and no layer %d, head %d", tracker.ErrInvalid, info.ID, other.ID,
			amount(other.Layers, "layer", "layers"), amount(other.Heads, "head", "heads"), r.Layer, r.Head)
	}
	return nil
}

// nameBoth tells what is taken from what.
func (a *attention) nameBoth(ctx context.Context, s *tracker.Store, r Request, other tracker.CaptureInfo) error {
	name, err := trialOf(ctx, s, a.info.Run)
	if err != nil {
		return err
	}
	a.heading = fmt.Sprintf("Layer %d, head %d, step %s minus step %s", r.Layer, r.Head, thousands.Int(int(a.info.Step)), thousands.Int(int(other.Step))) + inContext(a.info)
	if other.Run == a.info.Run {
		a.facts = append(a.facts, "Run: "+name+".")
		return nil
	}
	taken, err := trialOf(ctx, s, other.Run)
	a.facts = append(a.facts, fmt.Sprintf("%s minus %s. What a head of a number does differs between runs: compare roles rather than numbers.", name, taken))
	a.heading = fmt.Sprintf("Layer %d, head %d, step %s, %s minus %s", r.Layer, r.Head, thousands.Int(int(a.info.Step)), name, taken) + inContext(a.info)
	return err
}
