package server

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"slices"

	"inkstone/tracker"
	"inkstone/viz"
)

// headsPage is the roles that heads have in the variants and seeds of an experiment. Roles are compared, each by the best
// head of a run: which head of a layer takes a role is arbitrary, so that heads of equal numbers have nothing in common.
type headsPage struct {
	Experiment string     `json:"experiment"`
	Version    int64      `json:"version"`
	Roles      []roleData `json:"roles"`
	// Variants are rows, in the order of the plan; their roles are in the order of Roles.
	Variants []variantRoles `json:"variants"`
	// Role is the one whose layers are shown.
	Role viz.Score `json:"role"`
	// Layers is of the deepest variant.
	Layers int `json:"layers"`
	// Without counts runs without scores, Unfinished those that count as they are now.
	Without    int        `json:"without"`
	Unfinished int        `json:"unfinished"`
	Excluded   []excluded `json:"excluded"`
	Curve      figureView `json:"-"`
}

type roleData struct {
	Score  viz.Score `json:"score"`
	Title  string    `json:"title"`
	Metric string    `json:"metric"`
	// Chance is the least and the greatest of the runs, NaN where it is not recorded.
	Chance [2]tracker.Value `json:"chance"`
}

type excluded struct {
	Run     string `json:"run"`
	Variant string `json:"variant"`
	Seed    int64  `json:"seed"`
	Reason  string `json:"reason"`
}

// variantRoles is what the heads of a variant do.
type variantRoles struct {
	Name  string     `json:"name"`
	Roles []roleBest `json:"roles"`
	// Layers are the best heads of the chosen role, layer by layer.
	Layers []estimate `json:"layers"`
	Runs   []runRoles `json:"runs"`
}

// runRoles is a run with its best head for the chosen role.
type runRoles struct {
	Run     string        `json:"run"`
	Seed    int64         `json:"seed"`
	Layer   int           `json:"layer"`
	Head    int           `json:"head"`
	Score   tracker.Value `json:"score"`
	best    map[viz.Score]bestHead
	byLayer []float64 // of the chosen role
}

// heads shows the roles of an experiment's heads.
func (s *Server) heads(r *http.Request) (view, error) {
	plan, err := s.Store.Plan(r.Context(), r.PathValue("experiment"))
	if err != nil {
		return view{}, err
	}
	d := headsPage{Experiment: plan.Name, Role: "induction", Excluded: []excluded{}}
	if d.Version, err = s.Store.Version(r.Context()); err != nil {
		return view{}, err
	}
	if role := r.FormValue("role"); role != "" {
		if d.Role, err = viz.ParseScore(role); err != nil {
			return view{}, err
		}
	}
	if err := s.fillHeads(r.Context(), &d, plan); err != nil {
		return view{}, err
	}
	s.headsCurve(r, &d, plan)
	return view{"heads", "Heads of " + plan.Name, d}, nil
}

// fillHeads reads the scores of every run of the plan as they are now.
func (s *Server) fillHeads(ctx context.Context, d *headsPage, plan tracker.Plan) error {
	var all []*viz.HeadScores
	for _, variant := range plan.Variants {
		row := variantRoles{Name: variant.Name, Runs: []runRoles{}}
		for _, trial := range plan.Trials {
			if trial.Variant != variant.Name || trial.Run == nil || d.exclude(trial) {
				continue
			}
			scores, err := viz.ReadHeadScores(ctx, s.Store, trial.Run.ID, math.MaxInt64, viz.Scores()...)
			if err != nil {
				return err
			}
			if len(scores.Recorded()) == 0 {
				d.Without++
				continue
			}
			if trial.Run.Status != tracker.Finished {
				d.Unfinished++
			}
			all = append(all, scores)
			row.Runs = append(row.Runs, newRunRoles(trial, scores, d.Role))
		}
		d.Variants = append(d.Variants, row)
	}
	d.fillRoles(all)
	return nil
}

// exclude leaves a run out that somebody excluded, and keeps the reason.
func (d *headsPage) exclude(t tracker.Trial) bool {
	reason, yes := t.Run.Excluded()
	if yes {
		d.Excluded = append(d.Excluded, excluded{t.Run.ID, t.Variant, t.Seed, reason})
	}
	return yes
}

// fillRoles sums up each variant's runs for every role that any run has.
func (d *headsPage) fillRoles(all []*viz.HeadScores) {
	for _, score := range viz.Scores() {
		if recorded := func(h *viz.HeadScores) bool { return slices.Contains(h.Recorded(), score) }; score.Role() && slices.ContainsFunc(all, recorded) {
			d.Roles = append(d.Roles, newRole(score, all))
		}
	}
	for i := range d.Variants {
		v := &d.Variants[i]
		for _, role := range d.Roles {
			v.Roles = append(v.Roles, bestOf(v.Runs, role))
		}
		v.Layers = layersOf(v.Runs)
		d.Layers = max(d.Layers, len(v.Layers))
	}
}

// newRole has the range of chance over the runs.
func newRole(score viz.Score, all []*viz.HeadScores) roleData {
	role := roleData{Score: score, Title: score.Title(), Metric: score.Metric(), Chance: [2]tracker.Value{tracker.Value(math.NaN()), tracker.Value(math.NaN())}}
	for _, h := range all {
		chance := tracker.Value(h.Chance(score))
		if !(role.Chance[0] <= chance) && finite(float64(chance)) {
			role.Chance[0] = chance
		}
		if !(role.Chance[1] >= chance) && finite(float64(chance)) {
			role.Chance[1] = chance
		}
	}
	return role
}

// headsCurve is the best head of the layer where the role is strongest, over training: an ordinary series.
func (s *Server) headsCurve(r *http.Request, d *headsPage, plan tracker.Plan) {
	measure, ok := d.Role.Measure()
	layer := d.strongest()
	if !ok || layer < 0 {
		return
	}
	metric := measure.LayerMetric(layer)
	if recorded := func(t tracker.Trial) bool { return t.Run != nil && t.Run.Metrics != nil && has(t.Run.Metrics, metric) }; !slices.ContainsFunc(plan.Trials, recorded) {
		return
	}
	d.Curve = s.show(r, figureView{
		ID: "curves", Request: viz.Request{Kind: "curves", Experiment: d.Experiment, Metric: metric, Live: true, Query: -1}, Version: d.Version,
		Alt: d.Role.Title() + " of the best head of a layer over steps: the mean over seeds of each variant with its interval",
	})
}

func has(metrics map[string]tracker.Value, name string) bool {
	_, ok := metrics[name]
	return ok
}

// strongest is the layer in which any variant's best heads score highest, -1: there is none.
func (d *headsPage) strongest() int {
	layer, best := -1, math.Inf(-1)
	for _, v := range d.Variants {
		for i, e := range v.Layers {
			if mean := float64(e.Mean); cmp.Compare(mean, best) > 0 {
				layer, best = i, mean
			}
		}
	}
	return layer
}
