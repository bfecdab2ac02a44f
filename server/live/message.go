package live

import (
	"encoding/json"
	"maps"
	"slices"

	"inkstone/tracker"
)

// Message is what a page hears: what happened up to a version, or that it must read everything again.
type Message struct {
	tracker.News
	// Ended is in the last message: the server waits a moment for the page to fetch the last state and to go.
	Ended bool `json:"ended,omitempty"`
}

func (m Message) encode() []byte {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // the types have JSON
	}
	return text
}

// Scope is what a listener wants to hear of: a run, or else an experiment, or else the whole store.
type Scope struct{ Experiment, Run string }

// holds tells whether an event concerns the scope.
func (s Scope) holds(e tracker.Event) bool {
	switch {
	case s.Run != "":
		return e.Run == s.Run || e.Kind == "plan" && e.Experiment == s.Experiment
	case s.Experiment != "":
		return e.Experiment == s.Experiment
	}
	return true
}

// summarise picks the events behind a version that concern a scope. What a run's points bring is one event, with the last
// values; the others stand in their order.
func summarise(events []tracker.Event, scope Scope, after int64) []tracker.Event {
	var out []tracker.Event
	points := map[string]int{} // a run's event in out
	for _, e := range events {
		if e.Version <= after || !scope.holds(e) {
			continue
		}
		i, there := points[e.Run]
		if e.Kind == "points" && there {
			out[i] = joined(out[i], e)
			continue
		}
		if e.Kind == "points" {
			points[e.Run] = len(out)
		}
		out = append(out, e)
	}
	return out
}

// joined is what two events of the same run's points tell. It shares nothing with them.
func joined(a, b tracker.Event) tracker.Event {
	a.Version, a.Arrivals = b.Version, nil
	a.Metrics = slices.Clone(a.Metrics)
	for _, metric := range b.Metrics {
		if !slices.Contains(a.Metrics, metric) {
			a.Metrics = append(a.Metrics, metric)
		}
	}
	values := maps.Clone(a.Values)
	if values == nil {
		values = map[string]tracker.Value{}
	}
	maps.Copy(values, b.Values)
	a.Values = values
	return a
}
