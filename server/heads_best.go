package server

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"inkstone/tracker"
	"inkstone/tracker/heads"
	"inkstone/tracker/stats"
	"inkstone/viz"
)

// bestHead is the head of a run that scores highest for a role.
type bestHead struct {
	at          viz.Place
	score, loss float64 // loss: the change when it is ablated
	aboveChance bool
}

// roleBest is the best head of each of a variant's runs, for one role.
type roleBest struct {
	estimate
	// Where counts the layers in which the best heads lie.
	Where []layerCount `json:"where"`
	// Clear counts the runs whose best head is clearly above chance.
	Clear int `json:"clear"`
	// Loss is the mean change of the loss when that head is ablated, NaN where it was not measured.
	Loss tracker.Value `json:"ablation_loss"`
}

type layerCount struct {
	Layer int `json:"layer"`
	Runs  int `json:"runs"`
}

// estimate is a mean over seeds with its 95 % interval.
type estimate struct {
	Mean tracker.Value `json:"mean"`
	Low  tracker.Value `json:"low"`
	High tracker.Value `json:"high"`
	N    int           `json:"n"`
}

func newEstimate(values []float64) estimate {
	summary, interval := stats.MeanInterval(values, 0.95)
	return estimate{tracker.Value(summary.Mean), tracker.Value(interval.Low), tracker.Value(interval.High), summary.N}
}

// newRunRoles finds the best head of a run for every role, and for the chosen one in every layer.
func newRunRoles(t tracker.Trial, scores *viz.HeadScores, chosen viz.Score) runRoles {
	run := runRoles{Run: t.Run.ID, Seed: t.Seed, Score: tracker.Value(math.NaN()), best: map[viz.Score]bestHead{}}
	for _, score := range scores.Recorded() {
		for _, p := range scores.Places() {
			v := scores.Of(p, score)
			if score == chosen && finite(v) {
				run.addLayer(p.Layer, v)
			}
			if best, ok := run.best[score]; finite(v) && (!ok || v > best.score) {
				run.best[score] = bestHead{p, v, scores.Of(p, viz.AblationLoss), scores.Clear(p, score)}
			}
		}
	}
	if best, ok := run.best[chosen]; ok {
		run.Layer, run.Head, run.Score = best.at.Layer, best.at.Head, tracker.Value(best.score)
	}
	return run
}

func (r *runRoles) addLayer(layer int, v float64) {
	for len(r.byLayer) <= layer {
		r.byLayer = append(r.byLayer, math.Inf(-1))
	}
	r.byLayer[layer] = max(r.byLayer[layer], v)
}

// bestOf sums up a role over runs.
func bestOf(runs []runRoles, role roleData) roleBest {
	var b roleBest
	var scores, losses []float64
	for _, run := range runs {
		best, ok := run.best[role.Score]
		if !ok {
			continue
		}
		scores, losses = append(scores, best.score), append(losses, best.loss)
		if best.aboveChance {
			b.Clear++
		}
		b.count(best.at.Layer)
	}
	slices.SortFunc(b.Where, func(x, y layerCount) int { return x.Layer - y.Layer })
	b.estimate, b.Loss = newEstimate(scores), newEstimate(losses).Mean
	return b
}

func (b *roleBest) count(layer int) {
	at := slices.IndexFunc(b.Where, func(c layerCount) bool { return c.Layer == layer })
	if at < 0 {
		b.Where = append(b.Where, layerCount{layer, 1})
		return
	}
	b.Where[at].Runs++
}

// layersOf sums up the chosen role layer by layer.
func layersOf(runs []runRoles) []estimate {
	var layers []estimate
	for layer := 0; ; layer++ {
		var values []float64
		for _, run := range runs {
			if layer < len(run.byLayer) && finite(run.byLayer[layer]) {
				values = append(values, run.byLayer[layer])
			}
		}
		if len(values) == 0 {
			return layers
		}
		layers = append(layers, newEstimate(values))
	}
}

// Known tells whether there is a mean.
func (e estimate) Known() bool { return finite(float64(e.Mean)) }

// String is the mean with its interval, which one run has not.
func (e estimate) String() string {
	switch {
	case !e.Known():
		return "–"
	case !finite(float64(e.Low)):
		return share(float64(e.Mean))
	}
	return fmt.Sprintf("%s [%s, %s]", share(float64(e.Mean)), share(float64(e.Low)), share(float64(e.High)))
}

func share(v float64) string { return fixed(v, 2) }

// Layers words where the best heads lie.
func (b roleBest) Layers() string {
	var words []string
	for _, c := range b.Where {
		word := fmt.Sprintf("layer %d", c.Layer)
		if len(b.Where) > 1 {
			word += fmt.Sprintf(" ×%d", c.Runs)
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// Has tells whether the role is clearly there in most of the runs.
func (b roleBest) Has() bool { return 2*b.Clear > b.N }

// HasLoss tells whether the best heads were ablated.
func (b roleBest) HasLoss() bool { return finite(float64(b.Loss)) }

// Change words the change of the loss, with its sign.
func (b roleBest) Change() string {
	text := fixed(float64(b.Loss), 2)
	if b.Loss > 0 && text != "0.00" {
		text = "+" + text
	}
	return text
}

// Level words the chance of a role.
func (r roleData) Level() string {
	low, high := float64(r.Chance[0]), float64(r.Chance[1])
	switch {
	case !finite(low):
		return "–"
	case share(low) == share(high):
		return share(low)
	}
	return share(low) + " to " + share(high)
}

// Place is the run's best head.
func (r runRoles) Place() string { return heads.Context(r.Layer, r.Head) }

// Known tells whether the run has the chosen role's scores.
func (r runRoles) Known() bool { return finite(float64(r.Score)) }

// AllLayers are the layers of the deepest variant.
func (d headsPage) AllLayers() []int { return upTo(d.Layers) }

// At is a variant's estimate in a layer; one that it has not is unknown.
func (v variantRoles) At(layer int) estimate {
	if layer < len(v.Layers) {
		return v.Layers[layer]
	}
	return newEstimate(nil)
}
