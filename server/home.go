package server

import (
	"context"
	"net/http"
	"time"

	"inkstone/notebooks"
	"inkstone/tracker"
)

// homeData is the list of experiments.
type homeData struct {
	Experiments []experimentItem `json:"experiments"`
}

type experimentItem struct {
	Name     string         `json:"name"`
	Question string         `json:"question"`
	Updated  time.Time      `json:"updated"`
	Variants int            `json:"variants"`
	Seeds    int            `json:"seeds"`
	Trials   int            `json:"trials"`
	Counts   map[string]int `json:"counts"`
	Metric   string         `json:"metric"`
	// Best is the variant with the best mean so far; empty where nothing can be compared yet.
	Best     string   `json:"best"`
	BestMean *float64 `json:"best_mean"`
}

func (s *Server) home(r *http.Request) (view, error) {
	list, err := s.Store.Experiments(r.Context())
	if err != nil {
		return view{}, err
	}
	data := homeData{Experiments: []experimentItem{}}
	for _, e := range list {
		item := experimentItem{
			Name: e.Name, Question: e.Question, Updated: e.Updated, Variants: e.Variants, Seeds: e.Seeds, Trials: e.Trials,
			Counts: byName(e.Counts), Metric: e.Compare.Metric,
		}
		item.Best, item.BestMean = s.best(r.Context(), e)
		data.Experiments = append(data.Experiments, item)
	}
	return view{"home", "Experiments", data}, nil
}

// best finds the variant whose mean is best so far. What cannot be compared has no best.
func (s *Server) best(ctx context.Context, e tracker.Experiment) (string, *float64) {
	table, err := notebooks.Table(ctx, s.Store, e.Name, "")
	if err != nil {
		return "", nil
	}
	var name string
	var best *float64
	for _, row := range table.Rows {
		if row.Mean == nil {
			continue
		}
		if best == nil || (e.Compare.Goal == "maximize") == (*row.Mean > *best) {
			name, best = row.Variant, row.Mean
		}
	}
	return name, best
}
