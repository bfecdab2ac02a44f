package filter

import (
	"maps"
	"slices"
)

// Catalog is what the runs of a store have: the names that a filter may use.
type Catalog struct {
	// Params has the types that each param has in some run, by dotted path.
	Params map[string][]Type
	// Metrics has the contexts in which each metric was recorded, "" for none.
	Metrics map[string][]string
	Tags    []string
}

// attribute is a field that every run has.
type attribute struct {
	name string
	of   Type
}

var attributes = []attribute{
	{"id", TypeString}, {"experiment", TypeString}, {"variant", TypeString}, {"seed", TypeNumber}, {"status", TypeString},
	{"created", TypeTime}, {"started", TypeTime}, {"finished", TypeTime}, {"duration", TypeDuration}, {"parameters", TypeNumber},
	{"parent", TypeString}, {"deleted", TypeTime},
}

// Attributes lists the names of the attributes.
func Attributes() []string {
	names := make([]string, len(attributes))
	for i, a := range attributes {
		names[i] = a.name
	}
	return names
}

// Statuses lists what the attribute status can be.
func Statuses() []string { return slices.Clone(statuses) }

var statuses = []string{"planned", "running", "finished", "failed", "stopped", "lost"}

// AttributeType is the type of an attribute, "" if there is none of that name.
func AttributeType(name string) Type {
	for _, a := range attributes {
		if a.name == name {
			return a.of
		}
	}
	return ""
}

// has tells whether there is an operand of the kind and name.
func (c Catalog) has(k Kind, name string) bool {
	ok := false
	switch k {
	case Attribute:
		ok = AttributeType(name) != ""
	case Param:
		_, ok = c.Params[name]
	case Metric:
		_, ok = c.Metrics[name]
	case Tag:
		ok = slices.Contains(c.Tags, name)
	}
	return ok
}

// fits lists the kinds that a bare name may stand for.
func (c Catalog) fits(name string) []Kind {
	if c.has(Attribute, name) {
		return []Kind{Attribute}
	}
	var kinds []Kind
	for _, k := range prefixes {
		if c.has(k, name) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// names lists the names of a kind, in order.
func (c Catalog) names(k Kind) []string {
	switch k {
	case Attribute:
		return Attributes()
	case Param:
		return slices.Sorted(maps.Keys(c.Params))
	case Metric:
		return slices.Sorted(maps.Keys(c.Metrics))
	}
	return slices.Sorted(slices.Values(c.Tags))
}

// types lists the types that a resolved operand's value may have.
func (c Catalog) types(o Operand) []Type {
	switch o.Kind {
	case Attribute:
		return []Type{AttributeType(o.Name)}
	case Metric:
		return []Type{TypeNumber}
	case Tag:
		return []Type{TypeString}
	}
	var types []Type
	for _, t := range c.Params[o.Name] {
		if t == TypeList {
			t = TypeString
		}
		if t != TypeNull && !slices.Contains(types, t) {
			types = append(types, t)
		}
	}
	return types
}

// All lists every operand: attributes, params, metrics in each of their contexts, tags.
func (c Catalog) All() (list []Operand) {
	for _, k := range []Kind{Attribute, Metric, Param, Tag} {
		for _, name := range c.names(k) {
			if k != Metric {
				list = append(list, Operand{Kind: k, Name: name})
				continue
			}
			for _, context := range slices.Sorted(slices.Values(c.Metrics[name])) {
				list = append(list, Operand{Kind: k, Name: name, Context: context, Summary: Last})
			}
		}
	}
	return list
}
