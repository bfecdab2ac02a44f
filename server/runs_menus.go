package server

import (
	"net/http"
	"slices"
	"strings"

	"inkstone/tracker/filter"
)

// columnMenu is what can be done with a column, as links: the page needs no script for it.
type columnMenu struct {
	runsColumn
	// Index tells the columns' menus apart.
	Index int
	// Next is the address that the header leads to: ascending, then descending, then the list's own order.
	Next, Ascending, Descending string
	// Left, Right, Pin, Unpin, Without and Group are addresses, "" where that cannot be done.
	Left, Right, Pin, Unpin, Without, Group string
	// Forms are the other summaries of the metric.
	Forms []link
}

// link is a word with an address.
type link struct{ Text, Address string }

// Menus are those of all columns.
func (d runsData) Menus() []columnMenu {
	menus := make([]columnMenu, len(d.Columns))
	for i, c := range d.Columns {
		m := columnMenu{runsColumn: c, Index: i, Ascending: d.Sorted(c.Name), Descending: d.Sorted(c.Name + " desc")}
		m.Next = map[string]string{"": m.Ascending, "ascending": m.Descending, "descending": d.Sorted("")}[c.Sorted]
		m.Left, m.Right = d.moved(i, -1), d.moved(i, 1)
		if len(d.Columns) > 1 {
			m.Without = d.arranged(slices.Delete(slices.Clone(d.Columns), i, i+1))
		}
		m.Pin, m.Unpin = d.pinned(i)
		if c.groups() {
			m.Group = d.Grouped(c.Name)
		}
		m.Forms = d.forms(i)
		menus[i] = m
	}
	return menus
}

// Place is where the column stands behind the runs' names, from 1.
func (m columnMenu) Place() int { return m.Index + 1 }

// groups tells whether the values of the column make useful groups.
func (c runsColumn) groups() bool {
	return c.operand.Kind == filter.Param || c.operand.Kind == filter.Tag || c.operand.Kind == filter.Attribute && filter.AttributeType(c.operand.Name) == filter.TypeString && c.operand.Name != "id"
}

// arranged is the address with these columns.
func (d runsData) arranged(columns []runsColumn) string {
	d.Columns = columns
	return d.shown(d.split())
}

// moved is the address with a column one place further, among those that are pinned as it is.
func (d runsData) moved(i, by int) string {
	to := i + by
	if to < 0 || to >= len(d.Columns) || d.Columns[i].Pinned != d.Columns[to].Pinned {
		return ""
	}
	columns := slices.Clone(d.Columns)
	columns[i], columns[to] = columns[to], columns[i]
	return d.arranged(columns)
}

// pinned is the address with a column pinned behind those that are, or no longer.
func (d runsData) pinned(i int) (pin, unpin string) {
	columns := slices.Clone(d.Columns)
	c := columns[i]
	columns = slices.Delete(columns, i, i+1)
	at := len(slices.DeleteFunc(slices.Clone(columns), func(c runsColumn) bool { return !c.Pinned }))
	c.Pinned = !c.Pinned
	address := d.arranged(slices.Insert(columns, at, c))
	if c.Pinned {
		return address, ""
	}
	return "", address
}

// forms are the addresses with other summaries of a metric in its place.
func (d runsData) forms(i int) (links []link) {
	if d.Columns[i].operand.Kind != filter.Metric {
		return nil
	}
	for _, summary := range []filter.Summary{filter.Last, filter.Min, filter.Max, filter.Mean, filter.Count} {
		o := d.Columns[i].operand
		if o.Summary = summary; among(operandsOf(d.Columns), o) {
			continue
		}
		columns := slices.Clone(d.Columns)
		c := columns[i]
		c.operand = o
		columns[i] = c
		links = append(links, link{string(summary), d.arranged(columns)})
	}
	return links
}

// columnChoice is a column that can be chosen in the panel.
type columnChoice struct {
	Name, Text, Kind string
	Chosen           bool
}

// mostChoices bounds the panel; what is beyond can be written into an address.
const mostChoices = 500

// columnChoices lists what a list can show, the kinds one after the other.
func columnChoices(catalog filter.Catalog, columns []runsColumn) (list []columnChoice) {
	add := func(o filter.Operand) {
		chosen := slices.ContainsFunc(columns, func(c runsColumn) bool { return sameOperand(c.operand, o) })
		if len(list) < mostChoices || chosen {
			list = append(list, columnChoice{o.String(), strings.TrimPrefix(o.String(), string(o.Kind)+"."), string(o.Kind), chosen})
		}
	}
	for _, o := range catalog.All() {
		add(o)
		for _, c := range columns {
			if c.operand.Kind == filter.Metric && o.Kind == filter.Metric && c.operand.Name == o.Name && c.operand.Context == o.Context && !sameOperand(c.operand, o) {
				add(c.operand)
			}
		}
	}
	return list
}

// chooseColumns answers GET /runs/columns: the panel's boxes become the columns of an address. Those that were there keep their
// order, new ones come behind.
func (s *Server) chooseColumns(r *http.Request) (string, error) {
	a := askedRuns(r)
	var lists [3][]filter.Operand
	for i, text := range []string{a.Pinned, a.Columns, strings.Join(r.Form["column"], ", ")} {
		var err error
		if lists[i], err = s.Store.ParseOperands(r.Context(), text); err != nil {
			return "", err
		}
	}
	ticked := lists[2]
	keep := func(list []filter.Operand) []filter.Operand {
		return slices.DeleteFunc(list, func(o filter.Operand) bool { return !among(ticked, o) })
	}
	pinned, others := keep(lists[0]), keep(lists[1])
	for _, o := range ticked {
		if !among(pinned, o) && !among(others, o) {
			others = append(others, o)
		}
	}
	return a.shown(pinned, others), nil
}
