package server

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"net/url"
	"slices"
	"strings"

	"inkstone/tracker"
	"inkstone/tracker/filter"
	"inkstone/tracker/stats"
)

// runsGroup is runs of the list that have the same values of the keys.
type runsGroup struct {
	Name string `json:"name"`
	// Where is the filter that selects the runs.
	Where string `json:"where"`
	Count int    `json:"count"`
	// Excluded are the runs among them that count nowhere.
	Excluded int            `json:"excluded,omitempty"`
	Columns  []groupSummary `json:"columns"`
	// Open tells that runs are shown; Runs are the first of them.
	Open bool      `json:"open,omitempty"`
	Runs []runsRow `json:"runs,omitempty"`
}

// groupSummary is a column of a group: N values, their mean with its 95 % interval, and their extremes. The interval is NaN
// below two values, everything without any.
type groupSummary struct {
	N    int           `json:"n"`
	Mean tracker.Value `json:"mean"`
	Low  tracker.Value `json:"low"`
	High tracker.Value `json:"high"`
	Min  tracker.Value `json:"min"`
	Max  tracker.Value `json:"max"`
	// Text is how it is shown, with Title in full.
	Text  string `json:"-"`
	Title string `json:"-"`
}

// mostOpen is how many runs of an open group are shown; a link leads to all of them.
const mostOpen = 50

// readGroups puts the runs of the list in groups. Columns without numbers are left out, since groups have no one text.
func (s *Server) readGroups(ctx context.Context, d *runsData, q tracker.Query) error {
	keys, err := s.groupKeys(ctx, d.Group)
	if err != nil {
		return err
	}
	d.Columns = slices.DeleteFunc(d.Columns, func(c runsColumn) bool { return among(keys, c.operand) })
	found, err := s.Store.Gather(ctx, q.Where, keys, operandsOf(d.Columns))
	if err != nil {
		return err
	}
	d.Columns = numberedColumns(d.Columns, found)
	for _, g := range found {
		group := runsGroup{Name: groupNameOf(keys, g.Key), Where: both(d.Where, groupFilter(keys, g.Key)), Count: g.Count, Excluded: g.Excluded}
		for i, c := range d.Columns {
			group.Columns = append(group.Columns, c.summarize(g.Numbers[i]))
		}
		if group.Open = slices.Contains(d.Open, group.Where); group.Open {
			if group.Runs, err = s.openGroup(ctx, d, group.Where); err != nil {
				return err
			}
		}
		d.Groups = append(d.Groups, group)
	}
	d.sortGroups()
	return nil
}

// sortGroups orders groups by the mean of the column that the list is sorted by, those without one at last; where it is sorted
// by something else they stand in the order of their keys.
func (d *runsData) sortGroups() {
	at := slices.IndexFunc(d.Columns, func(c runsColumn) bool { return c.Sorted != "" })
	if at < 0 {
		return
	}
	sign := 1.0
	if d.Columns[at].Sorted == "descending" {
		sign = -1
	}
	place := func(g runsGroup) float64 {
		if mean := float64(g.Columns[at].Mean); !math.IsNaN(mean) {
			return sign * mean
		}
		return math.Inf(1)
	}
	slices.SortStableFunc(d.Groups, func(a, b runsGroup) int { return cmp.Compare(place(a), place(b)) })
}

// groupKeys reads what groups are made by.
func (s *Server) groupKeys(ctx context.Context, text string) ([]filter.Operand, error) {
	keys, err := s.Store.ParseOperands(ctx, text)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if of := filter.AttributeType(k.Name); k.Kind == filter.Metric || k.Kind == filter.Attribute && (of == filter.TypeTime || of == filter.TypeDuration) {
			return nil, filter.Errors{{Text: text, Column: k.Pos.Column, Length: k.Pos.Length,
				Message: fmt.Sprintf("%s is another one in every run and makes no groups; group by variant, experiment, seed, status, a param or a tag", k)}}
		}
	}
	return keys, nil
}

// numberedColumns keeps the columns of which some group has a number, and takes the others out of the groups, too.
func numberedColumns(columns []runsColumn, groups []tracker.Gathered) (kept []runsColumn) {
	var at []int
	for i, c := range columns {
		if slices.ContainsFunc(groups, func(g tracker.Gathered) bool { return len(g.Numbers[i]) > 0 }) {
			c.Numeric = true
			kept, at = append(kept, c), append(at, i)
		}
	}
	for g := range groups {
		numbers := make([][]float64, len(at))
		for k, i := range at {
			numbers[k] = groups[g].Numbers[i]
		}
		groups[g].Numbers = numbers
	}
	return kept
}

// openGroup reads the first runs of a group.
func (s *Server) openGroup(ctx context.Context, d *runsData, where string) ([]runsRow, error) {
	q, err := s.Store.ParseQuery(ctx, where, d.Sort)
	if err != nil {
		return nil, err
	}
	q.Limit = mostOpen
	page, err := s.Store.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.Rows(ctx, page.Runs, operandsOf(d.Columns))
	return rowsOf(0, rows, d.Columns), err
}

// summarize is a column of one group.
func (c runsColumn) summarize(values []float64) groupSummary {
	nan := tracker.Value(math.NaN())
	g := groupSummary{N: len(values), Mean: nan, Low: nan, High: nan, Min: nan, Max: nan, Text: absent}
	if g.N == 0 {
		return g
	}
	sum, interval := stats.MeanInterval(values, 0.95)
	g.Mean, g.Low, g.High = tracker.Value(sum.Mean), tracker.Value(interval.Low), tracker.Value(interval.High)
	g.Min, g.Max = tracker.Value(slices.Min(values)), tracker.Value(slices.Max(values))
	write := number
	if c.operand.Kind == filter.Attribute && c.operand.Name == "duration" {
		write = seconds
	}
	switch half := interval.High - sum.Mean; {
	case c.operand.Kind == filter.Param && g.Min != g.Max:
		g.Text = write(float64(g.Min)) + " – " + write(float64(g.Max))
	case c.operand.Kind == filter.Param, g.N == 1:
		g.Text = write(float64(g.Min))
	case c.operand.Kind == filter.Attribute:
		g.Text = write(sum.Mean) + " ± " + write(half)
	default:
		g.Text = uncertain(sum.Mean, half)
	}
	g.Title = fmt.Sprintf("n = %d, from %s to %s", g.N, write(float64(g.Min)), write(float64(g.Max)))
	return g
}

// uncertain writes a mean with half the width of its interval: two digits of this say how many of that are known.
func uncertain(mean, half float64) string {
	places := max(1-int(math.Floor(math.Log10(half))), 0)
	if !(half > 0) || math.IsInf(half, 0) || places > 8 {
		return number(mean) + " ± " + number(half)
	}
	return strings.ReplaceAll(fmt.Sprintf("%.*f ± %.*f", places, mean, places, half), "-", "−")
}

// groupNameOf is what the keys' values are called.
func groupNameOf(keys []filter.Operand, values []filter.Value) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		title, text := columnOf(k).Title, values[i].String()
		if values[i].Type == filter.TypeString {
			text = values[i].Text
		}
		switch {
		case values[i].Type == "":
			parts[i] = "no " + title
		case k.Kind == filter.Attribute && values[i].Type == filter.TypeString:
			parts[i] = text
		case text == "":
			parts[i] = title
		default:
			parts[i] = title + " " + text
		}
	}
	return strings.Join(parts, ", ")
}

// groupFilter selects the runs whose keys have these values.
func groupFilter(keys []filter.Operand, values []filter.Value) string {
	where := ""
	for i, k := range keys {
		var term filter.Expr = &filter.Compare{Operand: k, Op: filter.Equal, Value: values[i]}
		if values[i].Type == "" {
			term = &filter.Null{Operand: k}
		}
		if where != "" {
			where += " and "
		}
		where += filter.Explain(term)
	}
	return where
}

// groupsForCompare writes keys as the page of comparisons reads them: names alone, but of tags.
func groupsForCompare(group string) string {
	parts := strings.Split(group, ",")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(p), "param."), "`", "")
	}
	return strings.Join(parts, ",")
}

// Whole is how many values a column has that no run lacks.
func (g runsGroup) Whole() int { return g.Count - g.Excluded }

// Rest is how many runs of an open group are not shown.
func (g runsGroup) Rest() int { return g.Count - len(g.Runs) }

// Compared is the address that compares the runs of a group with each other.
func (g runsGroup) Compared() string {
	return "/compare?" + url.Values{"where": {g.Where}, "group": {"run"}}.Encode()
}

// ID is that of the group's element.
func (g runsGroup) ID() string {
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(g.Where))
	return fmt.Sprintf("group-%x", sum.Sum64())
}
