package server

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"inkstone/tracker"
	"inkstone/tracker/filter"
)

// The most params and metrics that are shown unasked.
const (
	fittingParams  = 7
	fittingMetrics = 5
)

// fittingColumns are those of a list that nobody chose columns for: what the query is about, the metrics that the runs'
// experiments compare, and the params in which a sample of the runs differ.
func (s *Server) fittingColumns(ctx context.Context, q tracker.Query, sample []tracker.Row) ([]filter.Operand, error) {
	var columns []filter.Operand
	add := func(o filter.Operand) {
		if !among(columns, o) && !(o.Kind == filter.Attribute && isNamed[o.Name]) {
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

// variedParams are the params in which runs differ: those first that differ within an experiment, since they are what was
// varied, and of these those that take few values.
func variedParams(sample []tracker.Row) []string {
	all := map[string]*variety{}
	for _, row := range sample {
		params, err := tracker.Params(row.Spec)
		if err != nil {
			continue // the run is shown without them
		}
		for _, p := range params {
			if all[p.Name] == nil {
				all[p.Name] = &variety{values: map[string]int{}, within: map[string]string{}}
			}
			all[p.Name].add(row.Experiment, p.Text)
		}
	}
	var names []string
	for name, v := range all {
		if (len(v.values) > 1 || v.runs < len(sample)) && !namesTrial(name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		x, y := all[a], all[b]
		return cmp.Or(cmp.Compare(y.varied, x.varied), cmp.Compare(len(x.values), len(y.values)), strings.Compare(a, b))
	})
	names = names[:min(len(names), fittingParams)]
	slices.Sort(names)
	return names
}

// namesTrial tells params that say what a run is called, which its name shows, and how experiments are evaluated.
func namesTrial(param string) bool {
	return param == "name" || param == "question" || param == "seed" || strings.HasPrefix(param, "compare.")
}

// variety is the values that a param takes.
type variety struct {
	values map[string]int
	runs   int
	within map[string]string // the first value in each experiment
	varied int               // how many runs have another value than the first of their experiment
}

func (v *variety) add(experiment, value string) {
	v.values[value]++
	v.runs++
	first, seen := v.within[experiment]
	if !seen {
		v.within[experiment] = value
	} else if first != value {
		v.varied++
	}
}
