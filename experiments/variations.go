package experiments

import (
	"regexp"

	"inkstone/experiments/decode"
)

// Override is an assignment with the places of its path and value.
type Override struct {
	Assignment
	Key  *decode.Node
	Node *decode.Node
}

// Ablation is a Variation with places.
type Ablation struct {
	Name *decode.Node
	Set  []Override
}

// Variation is the ablation without places.
func (a Ablation) Variation() Variation {
	v := Variation{Name: a.Name.Text, Set: []Assignment{}}
	for _, o := range a.Set {
		v.Set = append(v.Set, o.Assignment)
	}
	return v
}

// GridAxis is an Axis with places: one override per value.
type GridAxis struct {
	Key    *decode.Node
	Values []Override
}

// Axis is the axis without places.
func (a GridAxis) Axis() Axis {
	axis := Axis{Path: a.Key.Text, Values: []string{}}
	for _, o := range a.Values {
		axis.Values = append(axis.Values, o.Value)
	}
	return axis
}

// Ablations are the declared ones that can be applied.
func (d *Document) Ablations() []Ablation {
	return ablations(d.root.Get("ablate"), &decode.Errors{})
}

// Grid are the axes of the sweep that can be applied.
func (d *Document) Grid() []GridAxis {
	return gridAxes(d.root.At("sweep.grid"), &decode.Errors{})
}

// MaxVariants bounds the variants of a spec, and the values of an axis; maxOverrides the fields that one of them sets.
const (
	MaxVariants  = 200
	maxOverrides = 50
)

var names = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,63}$`)

const nameRule = "a name has lower-case letters, digits, - _ and ., begins with a letter or digit, and has at most 64 characters"

func ablations(n *decode.Node, errs *decode.Errors) []Ablation {
	if n == nil {
		return nil
	}
	if n.Kind != decode.Mapping {
		errs.Add(n.Place, "ablate: a mapping is wanted, such as {one-layer: {model.num_hidden_layers: 1}}")
		return nil
	}
	if len(n.Entries) > MaxVariants {
		errs.Add(n.Place, "ablate: %d ablations; at most %d variants are planned", len(n.Entries), MaxVariants)
		return nil
	}
	var list []Ablation
	for _, e := range n.Entries {
		switch {
		case e.Key.Text == "baseline":
			errs.Add(e.Key.Place, "ablate: baseline is the name of the unchanged spec; call the ablation something else")
			continue
		case !names.MatchString(e.Key.Text):
			errs.Add(e.Key.Place, "ablate: %q cannot be a variant's name: %s", decode.Shorten(e.Key.Text), nameRule)
			continue
		case e.Value.Kind != decode.Mapping || len(e.Value.Entries) == 0:
			errs.Add(e.Value.Place, "ablate.%s: fields and their values are wanted, such as {model.positions: none}", e.Key.Text)
			continue
		}
		if count := len(e.Value.Entries); count > maxOverrides {
			errs.Add(e.Value.Place, "ablate.%s: %d fields; an ablation sets at most %d", e.Key.Text, count, maxOverrides)
			continue
		}
		a := Ablation{Name: e.Key}
		for _, s := range e.Value.Entries {
			if variable(s.Key, errs) && single(s.Key.Text, s.Value, errs) {
				a.Set = append(a.Set, newOverride(s.Key, s.Value))
			}
		}
		if len(a.Set) == len(e.Value.Entries) {
			list = append(list, a)
		}
	}
	return list
}

func gridAxes(n *decode.Node, errs *decode.Errors) []GridAxis {
	if n == nil {
		return nil
	}
	if n.Kind != decode.Mapping {
		errs.Add(n.Place, "sweep.grid: a mapping is wanted, such as {train.learning_rate: [1e-3, 3e-3]}")
		return nil
	}
	if len(n.Entries) > maxOverrides {
		errs.Add(n.Place, "sweep.grid: %d fields; at most %d", len(n.Entries), maxOverrides)
		return nil
	}
	var list []GridAxis
	for _, e := range n.Entries {
		if !variable(e.Key, errs) {
			continue
		}
		if e.Value.Kind != decode.Sequence || len(e.Value.Items) == 0 {
			errs.Add(e.Value.Place, "sweep.grid: %s: a list of values is wanted, such as [1e-3, 3e-3]", e.Key.Text)
			continue
		}
		if count := len(e.Value.Items); count > MaxVariants {
			errs.Add(e.Value.Place, "sweep.grid: %s: %d values; at most %d variants are planned", e.Key.Text, count, MaxVariants)
			continue
		}
		axis := GridAxis{Key: e.Key}
		for _, item := range e.Value.Items {
			if single(e.Key.Text, item, errs) {
				axis.Values = append(axis.Values, newOverride(e.Key, item))
			}
		}
		list = append(list, axis)
	}
	return list
}

func newOverride(key, value *decode.Node) Override {
	return Override{Assignment: Assignment{Path: key.Text, Value: value.String()}, Key: key, Node: value}
}

// variable tells whether a path names a field that variants may change.
func variable(key *decode.Node, errs *decode.Errors) bool {
	f, ok := settable(key, errs)
	if !ok {
		return false
	}
	if why := f.fixed(); why != "" {
		errs.Add(key.Place, "%s cannot vary between variants: %s", key.Text, why)
		return false
	}
	return true
}

// single refuses a mapping where one field is set.
func single(path string, value *decode.Node, errs *decode.Errors) bool {
	if value.Kind == decode.Mapping {
		errs.Add(value.Place, "%s: a value or a list is wanted, not a mapping", path)
		return false
	}
	return true
}
