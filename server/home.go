package server

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"inkstone/tracker"
	"inkstone/viz"
)

// homeData is the list of experiments: what needs somebody first, then what runs, then the newest.
type homeData struct {
	Experiments []experimentItem `json:"experiments"`
}

// experimentItem is an experiment in short.
type experimentItem struct {
	Name     string `json:"name"`
	Question string `json:"question"`
	// State is one word: planned, running, stopping, stopped, unfinished, failed, ended (some failed),
	// lost or finished.
	State string `json:"state"`
	// Updated is when something last began or ended.
	Updated  time.Time      `json:"updated"`
	Variants int            `json:"variants"`
	Seeds    int            `json:"seeds"`
	Trials   int            `json:"trials"`
	Counts   map[string]int `json:"counts"` // trials by status
	Metric   string         `json:"metric"`
	Best     *bestVariant   `json:"best"`
	// LeftSeconds estimates when the last trial ends; nil while nothing runs.
	LeftSeconds *float64 `json:"left_seconds"`
	// Troubles are failed and lost trials that nobody has excluded.
	Troubles []trouble `json:"troubles,omitempty"`

	version int64 // of the store when this was read, or a newer one
	borrows bool  // some runs belong to other experiments
}

// bestVariant is the variant whose mean is best so far, with the interval of that mean where n allows one.
type bestVariant struct {
	Variant string   `json:"variant"`
	Mean    float64  `json:"mean"`
	Low     *float64 `json:"ci_low"`
	High    *float64 `json:"ci_high"`
	N       int      `json:"n"`
	// Words are the mean and half the interval's width, with the digits of tables: "2.31 ± 0.04".
	Words string `json:"-"`
}

// trouble is a trial that somebody should look at.
type trouble struct {
	Run     string         `json:"run"`
	Variant string         `json:"variant"`
	Seed    int64          `json:"seed"`
	Status  tracker.Status `json:"status"`
	Error   string         `json:"error"`
}

func (s *Server) home(r *http.Request) (view, error) {
	list, err := s.overviews.list(r.Context())
	if err != nil {
		return view{}, err
	}
	slices.SortStableFunc(list, func(a, b experimentItem) int {
		return cmp.Or(cmp.Compare(a.urgency(), b.urgency()), b.Updated.Compare(a.Updated))
	})
	return view{"home", "Experiments", homeData{list}}, nil
}

// urgency orders experiments: trouble, what runs, the rest.
func (e experimentItem) urgency() int {
	switch {
	case len(e.Troubles) > 0:
		return 0
	case e.Counts[string(tracker.Running)] > 0:
		return 1
	}
	return 2
}

// Bar is how far the trials have come.
func (e experimentItem) Bar() bar { return bar{e.Counts, e.Trials} }

// Left words the estimate; "" where there is none.
func (e experimentItem) Left() string { return leftWords(e.LeftSeconds) }

// Shown are the troubles that have room in a list; More counts the others.
func (e experimentItem) Shown() []trouble { return e.Troubles[:min(len(e.Troubles), 2)] }

// More counts the troubles that have no room.
func (e experimentItem) More() int { return len(e.Troubles) - len(e.Shown()) }

// Spark is the picture of the compared metric's curves.
func (e experimentItem) Spark() figureView {
	return figureView{
		ID: "spark-" + e.Name, Request: viz.Request{Kind: "spark", Experiment: e.Name, Metric: e.Metric, Query: -1}, Version: e.version,
		Alt: e.Metric + " of " + e.Name + " over steps, a line for the mean of each variant",
	}
}

// Begun tells whether there can be curves.
func (e experimentItem) Begun() bool { return e.Counts[string(tracker.Planned)] < e.Trials }
