package server

import (
	"context"
	"slices"
	"strings"

	"inkstone/tracker"
	"inkstone/tracker/filter"
)

// The most params and metrics that are shown unasked.
const (
	fittingParams  = 6
	fittingMetrics = 5
)

// fittingColumns are those of a list that nobody chose columns for: what the query is about, the metrics that the runs'
// experiments compare, and the params in which a sample of the runs differ.
func (s *Server) fittingColumns(ctx context.Context, q tracker.Query, sample []tracker.Row) ([]filter.Operand, error) {
	var columns []filter.Operand
	add := func(o filter.Operand) {
		if !has(columns, o) && !(o.Kind == filter.Attribute && isNamed[o.Name]) {
			columns = append(columns, o)
		}
	}
	compared, err := s.comparedMetrics(ctx, sample)
	if err != nil {
		return nil, err
	}
	for _, name := range compared {
		add(filter.Operand{Kind: filter.Metric, Name: name, Summary: filter.Last})
	}
	if q.Order != nil {
		add(q.Order.Operand)
	}
	filter.Operands(q.Where, add)
	for _, name := range variedParams(sample) {
		add(filter.Operand{Kind: filter.Param, Name: name})
	}
	for _, name := range []string{"duration", "started"} {
		add(filter.Operand{Kind: filter.Attribute, Name: name})
	}
	return columns, nil
}

// isNamed are the attributes that a run's name and sign show in every list.
var isNamed = map[string]bool{"experiment": true, "variant": true, "seed": true, "status": true}

// comparedMetrics are those that the experiments of the runs compare, as far as any of the runs has them; or else the
// validation metrics, or else whatever there is.
func (s *Server) comparedMetrics(ctx context.Context, sample []tracker.Row) ([]string, error) {
	recorded := map[string]bool{}
	var experiments []string
	for _, row := range sample {
		for name := range row.Metrics {
			recorded[name] = true
		}
		if !slices.Contains(experiments, row.Experiment) {
			experiments = append(experiments, row.Experiment)
		}
	}
	comparisons, err := s.Store.Comparisons(ctx, experiments)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, experiment := range experiments {
		c := comparisons[experiment]
		for _, name := range append([]string{c.Metric}, c.Also...) {
			if recorded[name] && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		names = likelyMetrics(recorded)
	}
	return names[:min(len(names), fittingMetrics)], nil
}

// likelyMetrics are the validation metrics, or, without any, all.
func likelyMetrics(recorded map[string]bool) (names []string) {
	for name := range recorded {
		names = append(names, name)
	}
	slices.Sort(names)
	validation := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.HasPrefix(name, "val/") })
	if len(validation) > 0 {
		return validation
	}
	return names
}

// variedParams are the params in which runs differ: those first that take few values, since they are what was varied.
func variedParams(sample []tracker.Row) []string {
	values := map[string]map[string]int{}
	for _, row := range sample {
		params, err := tracker.Params(row.Spec)
		if err != nil {
			continue // the run is shown without them
		}
		for _, p := range params {
			if values[p.Name] == nil {
				values[p.Name] = map[string]int{}
			}
			values[p.Name][p.Text]++
		}
	}
	var names []string
	kinds := map[string]int{}
	for name, of := range values {
		total := 0
		for _, n := range of {
			total += n
		}
		if kinds[name] = len(of); total < len(sample) {
			kinds[name]++ // some runs lack it
		}
		if kinds[name] > 1 && !strings.HasPrefix(name, "compare.") && name != "name" && name != "question" && name != "seed" {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if kinds[a] != kinds[b] {
			return kinds[a] - kinds[b]
		}
		return strings.Compare(a, b)
	})
	names = names[:min(len(names), fittingParams)]
	slices.Sort(names)
	return names
}
