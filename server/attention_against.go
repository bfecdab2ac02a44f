package server

import (
	"context"
	"fmt"
	"slices"

	"inkstone/tracker"
)

// counterpart is a capture that the map can be subtracted from.
type counterpart struct {
	Capture int64  `json:"capture"`
	Label   string `json:"label"`
	// Group is what the choices are listed under.
	Group string `json:"group"`
}

// counterparts are the other steps of the run with the same tokens, and the same step of the experiment's other runs.
func (s *Server) counterparts(ctx context.Context, captures []tracker.CaptureInfo, m *mapChoice) ([]counterpart, error) {
	list := []counterpart{}
	for _, c := range captures {
		if c.Kind == tracker.Attention && c.Context == m.Prompt && c.ID != m.Capture && slices.Equal(c.Tokens, m.info.Tokens) {
			list = append(list, counterpart{c.ID, fmt.Sprintf("step %d", c.Step), "other steps of this run"})
		}
	}
	others, err := s.Store.Counterparts(ctx, m.info)
	if err != nil {
		return nil, err
	}
	for _, c := range others {
		run, err := s.Store.Run(ctx, c.Run)
		if err != nil {
			return nil, err
		}
		list = append(list, counterpart{c.ID, fmt.Sprintf("%s, seed %d", run.Variant, run.Seed), "other runs at this step"})
	}
	known := func(c counterpart) bool { return c.Capture == m.Against }
	if m.Against != 0 && !slices.ContainsFunc(list, known) { // as a link has it: of another experiment, or of a step that only the other run has
		list = append(list, counterpart{m.Against, fmt.Sprintf("capture %d", m.Against), "as the address says"})
	}
	return list, nil
}
