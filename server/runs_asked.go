package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"inkstone/tracker/filter"
)

// runsAsked is what an address says of the list of runs, in the filter language: everything that a link must say to restore
// the very view.
type runsAsked struct {
	Where string `json:"where"`
	Sort  string `json:"sort"`
	// Columns and Pinned are lists of operands; no columns at all means those that fit the runs best.
	Columns string `json:"columns_asked,omitempty"`
	Pinned  string `json:"pinned,omitempty"`
	// Group is a list of operands whose values make groups, and Open are those groups whose runs are shown, by their filters.
	Group string   `json:"group,omitempty"`
	Open  []string `json:"open,omitempty"`
}

func askedRuns(r *http.Request) runsAsked {
	return runsAsked{
		Where: r.FormValue("where"), Sort: r.FormValue("sort"), Columns: r.FormValue("columns"), Pinned: r.FormValue("pinned"),
		Group: r.FormValue("group"), Open: r.Form["open"],
	}
}

// values is the view as parameters of an address, without those that say nothing.
func (a runsAsked) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"where": a.Where, "sort": a.Sort, "columns": a.Columns, "pinned": a.Pinned, "group": a.Group} {
		if strings.TrimSpace(value) != "" {
			v.Set(name, value)
		}
	}
	if a.Group != "" && len(a.Open) > 0 {
		v["open"] = a.Open
	}
	return v
}

// Query is the view as it is saved and addressed.
func (a runsAsked) Query() string { return a.values().Encode() }

// Address is that of the page with this view.
func (a runsAsked) Address() string { return runsAddress(a.Query()) }

func runsAddress(query string) string {
	if query == "" {
		return "/runs"
	}
	return "/runs?" + query
}

// Sorted is the address with another order, Grouped with other groups, and Found with another filter.
func (a runsAsked) Sorted(order string) string { a.Sort = order; return a.Address() }

// Grouped is the address with other groups.
func (a runsAsked) Grouped(by string) string { a.Group, a.Open = by, nil; return a.Address() }

// Found is the address with another filter.
func (a runsAsked) Found(where string) string { a.Where = where; return a.Address() }

// Toggled is the address with a group opened, or closed if it is open.
func (a runsAsked) Toggled(group string) string {
	open := slices.Clone(a.Open)
	if i := slices.Index(open, group); i >= 0 {
		a.Open = slices.Delete(open, i, i+1)
	} else {
		a.Open = append(open, group)
	}
	return a.Address()
}

// shown is the address with other columns, pinned ones first.
func (a runsAsked) shown(pinned, others []filter.Operand) string {
	a.Pinned, a.Columns = listed(pinned), listed(others)
	if a.Columns == "" && a.Pinned == "" {
		a.Columns = "status"
	}
	return a.Address()
}

// listed writes operands as a list.
func listed(operands []filter.Operand) string {
	texts := make([]string, len(operands))
	for i, o := range operands {
		texts[i] = o.String()
	}
	return strings.Join(texts, ", ")
}
