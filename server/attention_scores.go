package server

import (
	"context"
	"slices"
	"strings"

	"inkstone/tracker"
	"inkstone/tracker/heads"
	"inkstone/viz"
)

// scoreTable is heads by scores, as they were at the map's step.
type scoreTable struct {
	// Step is the last at which scores were recorded.
	Step    int64         `json:"step"`
	Columns []scoreColumn `json:"columns"`
	Rows    []scoreRow    `json:"rows"`
	// Left is how many heads the table leaves out.
	Left int `json:"left"`
}

// Ablated tells whether the loss without each head is among the columns.
func (t scoreTable) Ablated() bool {
	return slices.ContainsFunc(t.Columns, func(c scoreColumn) bool { return c.Score == viz.AblationLoss })
}

type scoreColumn struct {
	Score  viz.Score     `json:"score"`
	Title  string        `json:"title"`
	Unit   string        `json:"unit,omitempty"`
	Metric string        `json:"metric"`
	Chance tracker.Value `json:"chance"` // NaN: there is none
}

type scoreRow struct {
	Layer  int             `json:"layer"`
	Head   int             `json:"head"`
	Scores []tracker.Value `json:"scores"` // by column; NaN: not recorded
	// Does names the roles whose scores are clearly above chance.
	Does   []string `json:"does"`
	Chosen bool     `json:"chosen"`
	clear  []bool
}

// shownHeads are how many rows the table has unasked.
const shownHeads = 32

// scoreTable reads the scores: of all heads that by which they are sorted, and everything of the rows that are shown. It is
// nil where nothing is recorded.
func (s *Server) scoreTable(ctx context.Context, run string, m *mapChoice, all bool) (*scoreTable, error) {
	order := viz.Places(m.Layers, m.Heads)
	if m.Sort != "" {
		by, err := viz.ReadHeadScores(ctx, s.Store, run, m.Step, nil, m.Sort)
		if err != nil {
			return nil, err
		}
		by.Sort(order, m.Sort)
	}
	rows := order
	if !all && len(order) > shownHeads {
		chosen := func(p viz.Place) bool { return p.Layer == m.Layer && p.Head == m.Head }
		rows = slices.Clone(order[:shownHeads])
		if rest := order[shownHeads:]; slices.ContainsFunc(rest, chosen) {
			rows = append(rows, rest[slices.IndexFunc(rest, chosen)])
		}
	}
	scores, err := viz.ReadHeadScores(ctx, s.Store, run, m.Step, rows, viz.Scores()...)
	if err != nil {
		return nil, err
	}
	recorded := scores.Recorded()
	if len(recorded) == 0 {
		return nil, nil
	}
	t := &scoreTable{Step: scores.Step, Left: len(order) - len(rows)}
	for _, by := range recorded {
		t.Columns = append(t.Columns, scoreColumn{by, by.Title(), by.Unit(), by.Metric(), tracker.Value(scores.Chance(by))})
	}
	for _, p := range rows {
		t.Rows = append(t.Rows, newScoreRow(scores, recorded, p, m))
	}
	return t, nil
}

func newScoreRow(scores *viz.HeadScores, recorded []viz.Score, p viz.Place, m *mapChoice) scoreRow {
	row := scoreRow{Layer: p.Layer, Head: p.Head, Does: []string{}, Chosen: p.Layer == m.Layer && p.Head == m.Head}
	for _, by := range recorded {
		row.Scores = append(row.Scores, tracker.Value(scores.Of(p, by)))
		clear := scores.Clear(p, by)
		row.clear = append(row.clear, clear)
		if clear {
			row.Does = append(row.Does, by.Title())
		}
	}
	return row
}

// Name is the head's, as series have it in their context.
func (r scoreRow) Name() string { return heads.Context(r.Layer, r.Head) }

// Clear tells whether the score in a column is clearly above chance.
func (r scoreRow) Clear(column int) bool { return r.clear[column] }

// Roles are what the head does, in words.
func (r scoreRow) Roles() string { return strings.Join(r.Does, ", ") }

// Name is the score's, as addresses have it.
func (c scoreColumn) Name() string { return string(c.Score) }

// HasChance tells whether the column has a chance level.
func (c scoreColumn) HasChance() bool { return finite(float64(c.Chance)) }

// Cell words a value.
func (r scoreRow) Cell(column int) string {
	v := float64(r.Scores[column])
	if !finite(v) {
		return "–"
	}
	return fixed(v, 3)
}
