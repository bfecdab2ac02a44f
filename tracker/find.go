package tracker

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Run finds one run: by id, by a unique prefix of one, or as experiment/variant/seed, which means the newest run of that
// trial of the experiment's current plan.
func (s *Store) Run(ctx context.Context, ref string) (Run, error) {
	if parts := strings.Split(ref, "/"); len(parts) == 3 {
		return s.runOfTrial(ctx, ref, parts)
	}
	if ref == "" || strings.Trim(ref, "0123456789abcdefghjkmnpqrstvwxyz") != "" {
		return Run{}, fmt.Errorf("%w: %q is no run; give an id, a unique prefix of one, or experiment/variant/seed", ErrNotFound, ref)
	}
	runs, err := s.selectRuns(ctx, "r.id >= ? AND r.id < ?", ref, ref+"~")
	switch {
	case err != nil:
		return Run{}, fmt.Errorf("find run %q: %w", ref, err)
	case len(runs) == 0:
		return Run{}, fmt.Errorf("%w: there is no run %q; `inkstone runs` lists them", ErrNotFound, ref)
	case len(runs) > 1:
		ids := make([]string, 0, 5)
		for _, r := range runs[:min(len(runs), 5)] {
			ids = append(ids, r.ID)
		}
		return Run{}, fmt.Errorf("%w: %q fits %d runs, among them %s; give more of the id", ErrConflict, ref, len(runs), strings.Join(ids, ", "))
	}
	return runs[0], nil
}

func (s *Store) runOfTrial(ctx context.Context, ref string, parts []string) (Run, error) {
	seed, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return Run{}, fmt.Errorf("%w: in %q the third part must be a seed, a whole number", ErrNotFound, ref)
	}
	plan, err := s.Plan(ctx, parts[0])
	if err != nil {
		return Run{}, err
	}
	var names []string
	for _, v := range plan.Variants {
		names = append(names, v.Name)
	}
	for _, t := range plan.Trials {
		if t.Variant != parts[1] || t.Seed != seed {
			continue
		}
		if t.Run == nil {
			return Run{}, fmt.Errorf("%w: trial %s has no run yet; `inkstone run` trains it", ErrNotFound, ref)
		}
		return *t.Run, nil
	}
	return Run{}, fmt.Errorf("%w: %q is no trial of the plan; it has variants %s with seeds %v", ErrNotFound, ref, strings.Join(names, ", "), plan.Seeds)
}
