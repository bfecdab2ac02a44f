package viz

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"inkstone/internal/thousands"
	"inkstone/tracker"
	"inkstone/tracker/heads"
)

// Score is something that is recorded of every head, by its name: a measure of tracker/heads, or AblationLoss.
type Score string

// AblationLoss is the change of the validation loss when the head's output is replaced by its mean.
const AblationLoss Score = "ablation_loss"

// Scores are all there are: the roles, what the loss says, and how the head spreads its weight.
func Scores() []Score {
	var all []Score
	for _, m := range heads.Roles() {
		all = append(all, Score(m.String()))
	}
	all = append(all, AblationLoss)
	for _, m := range heads.Measures()[len(heads.Roles()):] {
		all = append(all, Score(m.String()))
	}
	return all
}

// ParseScore finds a score by its name; any other name is tracker.ErrInvalid.
func ParseScore(name string) (Score, error) {
	if slices.Contains(Scores(), Score(name)) {
		return Score(name), nil
	}
	return "", fmt.Errorf("%w: heads have no score %q; there are %s", tracker.ErrInvalid, name, strings.Join(texts(Scores()), ", "))
}

func texts[T ~string](names []T) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = string(name)
	}
	return all
}

// Measure is the score's measure, false for AblationLoss.
func (s Score) Measure() (heads.Measure, bool) { return heads.Parse(string(s)) }

// Role tells whether a high score names what the head does.
func (s Score) Role() bool {
	m, ok := s.Measure()
	return ok && slices.Contains(heads.Roles(), m)
}

// Metric is the metric under which the score is recorded in each head's context.
func (s Score) Metric() string {
	if m, ok := s.Measure(); ok {
		return m.Metric()
	}
	return heads.AblationLoss
}

// Title is the score's name in texts.
func (s Score) Title() string {
	if m, ok := s.Measure(); ok {
		return m.Title()
	}
	return "loss without it"
}

// Unit is the unit of the values.
func (s Score) Unit() string {
	if m, ok := s.Measure(); ok {
		return m.Unit()
	}
	return "nats"
}

// Place is a head: its layer and its number there, both from 0.
type Place struct {
	Layer int `json:"layer"`
	Head  int `json:"head"`
}

// Places are all heads by layer.
func Places(layers, heads int) []Place {
	var all []Place
	for layer := range layers {
		for head := range heads {
			all = append(all, Place{layer, head})
		}
	}
	return all
}

// HeadScores are what was recorded of a run's heads at a step, or the last before it that has a value.
type HeadScores struct {
	// Step is the last at which something was recorded, -1 where nothing was.
	Step   int64
	values map[Score]map[Place]float64
	chance map[Score]float64
}

// Of is a head's score, NaN where it was not recorded.
func (h *HeadScores) Of(p Place, s Score) float64 {
	if v, ok := h.values[s][p]; ok {
		return v
	}
	return math.NaN()
}

// Chance is what uniform attention scores, NaN where it was not recorded.
func (h *HeadScores) Chance(s Score) float64 {
	if v, ok := h.chance[s]; ok {
		return v
	}
	return math.NaN()
}

// Clear tells whether a head has the role that the score names.
func (h *HeadScores) Clear(p Place, s Score) bool {
	return s.Role() && heads.Clear(h.Of(p, s), h.Chance(s))
}

// Recorded are the scores that any head has.
func (h *HeadScores) Recorded() []Score {
	var some []Score
	for _, s := range Scores() {
		if len(h.values[s]) > 0 {
			some = append(some, s)
		}
	}
	return some
}

// Sort puts the highest score first; heads without come last, equal ones by layer.
func (h *HeadScores) Sort(order []Place, by Score) {
	slices.SortStableFunc(order, func(a, b Place) int {
		x, y := h.Of(a, by), h.Of(b, by)
		if math.IsNaN(x) || math.IsNaN(y) {
			return cmp.Compare(number01(math.IsNaN(x)), number01(math.IsNaN(y)))
		}
		return cmp.Compare(y, x)
	})
}

func number01(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// sortedBy says what the heads are sorted by, and what chance is.
func (h *HeadScores) sortedBy(s Score) string {
	if len(h.values[s]) == 0 {
		return fmt.Sprintf("No %s is recorded up to this step: the heads are in the order of their layers.", s.Title())
	}
	said := fmt.Sprintf("Sorted by %s at step %s, the highest first", s.Title(), thousands.Int(int(h.Step)))
	if chance := h.Chance(s); finite(chance) {
		said += fmt.Sprintf("; uniform attention has %s", significant(chance))
	}
	return said + "."
}

// ReadHeadScores reads scores of a run's heads as they were at a step; nil places are all heads.
func ReadHeadScores(ctx context.Context, s *tracker.Store, run string, step int64, places []Place, scores ...Score) (*HeadScores, error) {
	h := &HeadScores{Step: -1, values: map[Score]map[Place]float64{}, chance: map[Score]float64{}}
	var names, contexts []string
	byMetric := map[string]Score{}
	for _, score := range scores {
		byMetric[score.Metric()], byMetric[score.Metric()+chanceSuffix] = score, score
		names = append(names, score.Metric(), score.Metric()+chanceSuffix)
	}
	for _, p := range places {
		contexts = append(contexts, heads.Context(p.Layer, p.Head))
	}
	if contexts != nil {
		contexts = append(contexts, "") // chance
	}
	all, err := s.SummariesOf(ctx, run, names, contexts)
	if err != nil {
		return nil, err
	}
	for _, series := range all {
		if series.FirstStep > step {
			continue
		}
		if err := h.add(ctx, s, run, step, byMetric[series.Metric], series); err != nil {
			return nil, err
		}
	}
	return h, nil
}

const chanceSuffix = "/chance"

// add takes a series' value at the step: its last one, where nothing came later.
func (h *HeadScores) add(ctx context.Context, s *tracker.Store, run string, step int64, score Score, series tracker.Summary) error {
	value, at := float64(series.Last), series.LastStep
	if at > step {
		p, ok, err := s.PointAt(ctx, run, tracker.Series{Metric: series.Metric, Context: series.Context}, step)
		if err != nil || !ok {
			return err
		}
		value, at = float64(p.Value), p.Step
	}
	if layer, head, ok := heads.ParseContext(series.Context); ok {
		if h.values[score] == nil {
			h.values[score] = map[Place]float64{}
		}
		h.values[score][Place{layer, head}], h.Step = value, max(h.Step, at)
	} else if series.Context == "" && strings.HasSuffix(series.Metric, chanceSuffix) {
		h.chance[score] = value
	}
	return nil
}

// Places are the heads that have any score, by layer.
func (h *HeadScores) Places() []Place {
	seen := map[Place]bool{}
	for _, values := range h.values {
		for p := range values {
			seen[p] = true
		}
	}
	return slices.SortedFunc(maps.Keys(seen), func(a, b Place) int {
		return cmp.Or(cmp.Compare(a.Layer, b.Layer), cmp.Compare(a.Head, b.Head))
	})
}
