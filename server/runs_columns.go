package server

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"inkstone/tracker"
	"inkstone/tracker/filter"
)

// runsColumn is a column of the list of runs.
type runsColumn struct {
	// Name is the operand in the filter language, Title how it is headed, Kind attribute, param, metric or tag.
	Name  string `json:"name"`
	Title string `json:"title"`
	Kind  string `json:"kind"`
	Unit  string `json:"unit,omitempty"`
	// Numeric columns stand at the right, aligned at their points.
	Numeric bool `json:"numeric"`
	Pinned  bool `json:"pinned,omitempty"`
	// Sorted is "ascending" or "descending", "" where the list is ordered by something else.
	Sorted  string `json:"sorted,omitempty"`
	operand filter.Operand
	// places is how many digits stand behind the point at most.
	places int
}

// columnsOf are the columns that were asked for, or else those that fit the runs best; pinned ones come first.
func (s *Server) columnsOf(ctx context.Context, a runsAsked, q tracker.Query, ordering *tracker.Ordering) ([]runsColumn, error) {
	pinned, err := s.Store.ParseOperands(ctx, a.Pinned)
	if err != nil {
		return nil, err
	}
	others, err := s.Store.ParseOperands(ctx, a.Columns)
	if err != nil {
		return nil, err
	}
	if len(pinned)+len(others) == 0 {
		sample, err := s.Store.Sample(ctx, ordering, usualRuns)
		if err != nil {
			return nil, err
		}
		if others, err = s.fittingColumns(ctx, q, sample); err != nil {
			return nil, err
		}
	}
	others = slices.DeleteFunc(others, func(o filter.Operand) bool { return among(pinned, o) })
	var columns []runsColumn
	for i, o := range append(pinned, others...) {
		c := columnOf(o)
		c.Pinned = i < len(pinned)
		if q.Order != nil && sameOperand(q.Order.Operand, o) {
			c.Sorted = "ascending"
			if q.Order.Desc {
				c.Sorted = "descending"
			}
		}
		columns = append(columns, c)
	}
	distinguish(columns)
	return columns, nil
}

// addUnits gives columns the units that runs of the list declare.
func (s *Server) addUnits(ctx context.Context, columns []runsColumn, runs []string) error {
	units, err := s.Store.Units(ctx, runs)
	for i, c := range columns {
		if c.operand.Kind == filter.Metric && c.operand.Summary != filter.Count {
			columns[i].Unit = units[c.operand.Name]
		}
	}
	return err
}

func columnOf(o filter.Operand) runsColumn {
	c := runsColumn{Name: o.String(), Kind: string(o.Kind), Title: o.Name, operand: o, Numeric: o.Kind == filter.Metric}
	switch {
	case o.Kind == filter.Attribute:
		of := filter.AttributeType(o.Name)
		c.Numeric = of == filter.TypeNumber || of == filter.TypeDuration
	case o.Kind == filter.Param:
		c.Title = o.Name[strings.LastIndexByte(o.Name, '.')+1:]
	case o.Kind == filter.Metric && o.Context != "":
		c.Title += "@" + o.Context
	}
	if o.Summary != "" && o.Summary != filter.Last {
		c.Title = string(o.Summary) + "(" + c.Title + ")"
	}
	return c
}

// distinguish gives columns of one title their full names.
func distinguish(columns []runsColumn) {
	count := map[string]int{}
	for _, c := range columns {
		count[c.Title]++
	}
	for i, c := range columns {
		if count[c.Title] > 1 {
			columns[i].Title = strings.TrimPrefix(c.Name, string(filter.Metric)+".")
		}
	}
}

func sameOperand(a, b filter.Operand) bool {
	return a.Kind == b.Kind && a.Name == b.Name && a.Context == b.Context && cmp.Or(a.Summary, filter.Last) == cmp.Or(b.Summary, filter.Last)
}

func among(list []filter.Operand, o filter.Operand) bool {
	return slices.ContainsFunc(list, func(x filter.Operand) bool { return sameOperand(x, o) })
}

func operandsOf(columns []runsColumn) []filter.Operand {
	operands := make([]filter.Operand, len(columns))
	for i, c := range columns {
		operands[i] = c.operand
	}
	return operands
}
