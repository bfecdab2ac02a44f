package server

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"inkstone/internal/thousands"
	"inkstone/tracker"
	"inkstone/tracker/filter"
)

// runsRow is a run with its cells.
type runsRow struct {
	tracker.Run
	// Index is where it stands among all runs of the list, from 0.
	Index int  `json:"index"`
	Noted bool `json:"noted"`
	// Values are those of the columns: numbers, texts, true or false, times, seconds of durations; null where there is none.
	Values []any      `json:"values"`
	Cells  []runsCell `json:"-"`
}

// runsCell is a value as it is shown.
type runsCell struct {
	Text string
	// Title says it in full, where that is more.
	Title string
	// Live names the series whose newest value the cell is, while the run goes on.
	Live string
	// Places is how many digits the column has behind the point.
	Places int
	// Class is "n" for numbers, and "none" where nothing is.
	Class string
}

// rowsOf makes rows of a window that begins at an index.
func rowsOf(from int, window []tracker.Row, columns []runsColumn) []runsRow {
	rows := make([]runsRow, len(window))
	for i, w := range window {
		row := runsRow{Run: w.Run, Index: from + i, Noted: w.Noted, Values: make([]any, len(columns)), Cells: make([]runsCell, len(columns))}
		row.Spec, row.Attempts = nil, nil
		for k, c := range columns {
			row.Values[k], row.Cells[k] = bare(w.Values[k]), c.cell(w.Run, w.Values[k])
			if c.Pinned {
				row.Cells[k].Class = strings.TrimSpace(row.Cells[k].Class + " pinned pinned-" + strconv.Itoa(k+1))
			}
		}
		rows[i] = row
	}
	return rows
}

// bare is a value for programs.
func bare(v filter.Value) any {
	switch v.Type {
	case filter.TypeNumber:
		return tracker.Value(v.Number)
	case filter.TypeBool:
		return v.Bool
	case filter.TypeTime:
		return v.Time
	case filter.TypeDuration:
		return v.Duration.Seconds()
	case filter.TypeString:
		return v.Text
	}
	return nil
}

// cell shows a run's value in the column.
func (c runsColumn) cell(run tracker.Run, v filter.Value) runsCell {
	cell := runsCell{}
	if c.Numeric {
		cell.Class = "n"
	}
	if c.operand.Kind == filter.Metric && c.operand.Context == "" && c.operand.Summary == filter.Last && run.Status == tracker.Running {
		cell.Live, cell.Places = run.ID+" "+c.operand.Name, c.places
	}
	switch v.Type {
	case filter.TypeNumber:
		cell.number(c, v)
	case filter.TypeTime:
		cell.Text, cell.Title = v.Time.Local().Format("2006-01-02 15:04"), moment(v.Time)
	case filter.TypeDuration:
		cell.Text, cell.Title = span(v.Duration), v.Duration.Round(time.Millisecond).String()
	case filter.TypeBool:
		cell.Text = fmt.Sprint(v.Bool)
	case filter.TypeString:
		cell.Text, cell.Title = brief(v.Text), longer(v.Text)
	default:
		cell.missing(c, run)
	}
	return cell
}

// number writes params and counts as they are, and measured values with five digits.
func (cell *runsCell) number(c runsColumn, v filter.Value) {
	switch {
	case v.Text != "":
		cell.Text = v.Text
	case c.operand.Kind == filter.Attribute:
		cell.Text = thousands.Int(int64(v.Number))
	default:
		cell.Text, cell.Title = aligned(number(v.Number), c.places), fmt.Sprint(v.Number)
	}
	if c.operand.Kind == filter.Param {
		cell.Class = "n"
	}
}

// missing says nothing where nothing is, but for how long a run has been going on.
func (cell *runsCell) missing(c runsColumn, run tracker.Run) {
	cell.Text, cell.Class = absent, strings.TrimSpace(cell.Class+" none")
	if c.operand.Name == "duration" && c.operand.Kind == filter.Attribute && run.Status == tracker.Running {
		cell.Text, cell.Title = span(time.Since(run.Started)), "it goes on"
	}
}

// longest is how many characters of a text a cell shows.
const longest = 40

func brief(text string) string {
	if utf8.RuneCountInString(text) <= longest {
		return text
	}
	return string([]rune(text)[:longest-1]) + "…"
}

// longer is a text that brief would cut, else "".
func longer(text string) string {
	if brief(text) == text {
		return ""
	}
	return text
}

// Spaces as wide as a digit and as a point: numbers that end in them stand with their points below each other.
const (
	digitSpace = "\u2007"
	pointSpace = "\u2008"
)

// aligned fills a number up so that its point stands before that many places. Exponents and words stay.
func aligned(text string, places int) string {
	have := decimals(text)
	if have < 0 || have >= places {
		return text
	}
	if have == 0 {
		text += pointSpace
	}
	return text + strings.Repeat(digitSpace, places-have)
}

// decimals is how many digits stand behind a number's point, -1 of what has none to be aligned at.
func decimals(text string) int {
	if strings.ContainsAny(text, "eN∞") {
		return -1
	}
	_, behind, _ := strings.Cut(text, ".")
	return len(behind)
}

// alignColumns gives measured columns the places that the rows of a window need.
func alignColumns(columns []runsColumn, window []tracker.Row) {
	for i, c := range columns {
		if c.operand.Kind != filter.Metric {
			continue
		}
		for _, row := range window {
			if v := row.Values[i]; v.Type == filter.TypeNumber {
				columns[i].places = max(columns[i].places, decimals(number(v.Number)))
			}
		}
	}
}
