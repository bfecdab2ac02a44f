package server

import (
	"net/url"
	"slices"
	"strings"

	"inkstone/tracker/filter"
)

// What the page of the list asks its data for.

// Without are the parameters of the view that a form must keep beside its own field.
func (d runsData) Without(field string) url.Values {
	v := d.values()
	v.Del(field)
	v.Del("open")
	return v
}

// WithColumns are the parameters with the columns that are shown, also where nobody chose them.
func (d runsData) WithColumns() url.Values {
	v := d.Without("columns")
	pinned, others := d.split()
	v.Set("pinned", listed(pinned))
	v.Set("columns", listed(others))
	return v
}

func (d runsData) split() (pinned, others []filter.Operand) {
	for _, c := range d.Columns {
		if c.Pinned {
			pinned = append(pinned, c.operand)
		} else {
			others = append(others, c.operand)
		}
	}
	return pinned, others
}

// Fits says nothing in the page, whose head says how many runs there are.
func (d runsData) Fits() string { return "" }

// Usual is the address with the columns that fit the runs best.
func (d runsData) Usual() string {
	a := d.runsAsked
	a.Columns, a.Pinned = "", ""
	return a.Address()
}

// ArrangeAddress is the view without its columns, to which the page's script adds those of a new order.
func (d runsData) ArrangeAddress() string { return d.Usual() }

// Only is the address of a list of the runs of one group.
func (d runsData) Only(where string) string {
	a := d.runsAsked
	a.Where, a.Group, a.Open = where, "", nil
	return a.Address()
}

// GroupKeys are what the list can usefully be grouped by: names of trials, then the columns that make groups, then tags.
func (d runsData) GroupKeys() []string {
	keys := []string{"variant", "experiment", "seed", "status"}
	for _, c := range d.Columns {
		if c.groups() && c.Kind != string(filter.Attribute) {
			keys = append(keys, c.Name)
		}
	}
	for _, name := range d.TagNames() {
		if name := (filter.Operand{Kind: filter.Tag, Name: name}).String(); !slices.Contains(keys, name) {
			keys = append(keys, name)
		}
	}
	return keys
}

// TagNames are the tags that any run of the store has.
func (d runsData) TagNames() (names []string) {
	for _, c := range d.Choices {
		if c.Kind == string(filter.Tag) {
			names = append(names, strings.ReplaceAll(strings.Trim(c.Text, "`"), "``", "`"))
		}
	}
	return names
}

// choiceGroup is the choices of one kind.
type choiceGroup struct {
	Title string
	List  []columnChoice
}

// ChoiceGroups are the panel's columns by kind, metrics first.
func (d runsData) ChoiceGroups() (groups []choiceGroup) {
	for _, kind := range []struct{ kind, title string }{{"metric", "Metrics"}, {"param", "Parameters"}, {"attribute", "The run"}, {"tag", "Tags"}} {
		g := choiceGroup{Title: kind.title}
		for _, c := range d.Choices {
			if c.Kind == kind.kind {
				g.List = append(g.List, c)
			}
		}
		if len(g.List) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// RowCount is how many rows the table has for those who hear it, its head among them.
func (d runsData) RowCount() int { return d.Total + 1 }

// Row is the number of the row, where the head is 1.
func (r runsRow) Row() int { return r.Index + 2 }
