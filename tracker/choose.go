package tracker

import (
	"context"
	"fmt"
	"strings"
)

// MostChosen bounds the runs that are taken together: each of them is read for every figure and table.
const MostChosen = 500

// Choose reads the runs that references name, or else those that a filter selects, of which the newest MostChosen are read;
// total is how many it selects. Mistakes in the filter are filter.Errors; neither references nor a filter is no run.
func (s *Store) Choose(ctx context.Context, where string, refs []string) (runs []Run, total int, err error) {
	if len(refs) > MostChosen {
		return nil, 0, fmt.Errorf("%w: %d runs are named, at most %d are taken together", ErrInvalid, len(refs), MostChosen)
	}
	for _, ref := range refs {
		run, err := s.Run(ctx, ref)
		if err != nil {
			return nil, 0, err
		}
		runs = append(runs, run)
	}
	if len(refs) > 0 || strings.TrimSpace(where) == "" {
		return runs, len(runs), nil
	}
	q, err := s.ParseQuery(ctx, where, "")
	if err != nil {
		return nil, 0, err
	}
	q.Limit = MostChosen
	page, err := s.Query(ctx, q)
	return page.Runs, page.Total, err
}
