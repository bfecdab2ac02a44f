package tracker

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"time"

	"inkstone/tracker/filter"
)

// Row is a run in a list, with what the list's columns show of it.
type Row struct {
	Run
	// Values are those of the columns, in their order; the Type of one is "" where the run has none. A metric may be NaN.
	Values []filter.Value
	// Noted tells that somebody wrote a note about the run.
	Noted bool
}

// Window reads the runs of an ordering from one index to before another, with the values of columns, which are checked
// operands. Runs that were collected meanwhile are left out.
func (s *Store) Window(ctx context.Context, o *Ordering, from, to int, columns []filter.Operand) ([]Row, error) {
	rows, err := s.window(ctx, o.part(from, to), columns)
	if err != nil {
		return nil, fmt.Errorf("read runs %d to %d of an order: %w", from, to, err)
	}
	return rows, nil
}

func (s *Store) window(ctx context.Context, numbers []int64, columns []filter.Operand) ([]Row, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	runs, err := s.runsByNumber(ctx, tx, numbers)
	if err != nil {
		return nil, err
	}
	return fillRows(ctx, tx, slices.DeleteFunc(runs, func(r Run) bool { return r.ID == "" }), columns)
}

// Rows reads what columns show of runs.
func (s *Store) Rows(ctx context.Context, runs []Run, columns []filter.Operand) ([]Row, error) {
	rows, err := fillRows(ctx, s.read, runs, columns)
	if err != nil {
		return nil, fmt.Errorf("read the columns of %d runs: %w", len(runs), err)
	}
	return rows, nil
}

func fillRows(ctx context.Context, q queryer, runs []Run, columns []filter.Operand) ([]Row, error) {
	ids := make([]string, len(runs))
	for i, r := range runs {
		ids[i] = r.ID
	}
	summaries, err := summariesOf(ctx, q, ids, columns)
	if err != nil {
		return nil, err
	}
	noted, err := notedRuns(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(runs))
	for i, r := range runs {
		rows[i] = Row{Run: r, Noted: noted[r.ID]}
		if rows[i].Values, err = r.values(columns, summaries[r.ID]); err != nil {
			return nil, fmt.Errorf("run %s: %w", r.ID, err)
		}
	}
	return rows, nil
}

// values are what columns show of a run.
func (r Run) values(columns []filter.Operand, summaries map[seriesName]Summary) ([]filter.Value, error) {
	list, err := Params(r.Spec)
	if err != nil {
		return nil, err
	}
	params := make(map[string]Param, len(list))
	for _, p := range list {
		params[p.Name] = p
	}
	values := make([]filter.Value, len(columns))
	for i, o := range columns {
		switch o.Kind {
		case filter.Attribute:
			values[i] = r.attribute(o.Name)
		case filter.Param:
			values[i] = params[o.Name].value()
		case filter.Metric:
			if s, there := summaries[seriesName{o.Name, o.Context}]; there {
				values[i] = s.value(o.Summary)
			}
		case filter.Tag:
			if text, there := r.Tags[o.Name]; there {
				values[i] = filter.Value{Type: filter.TypeString, Text: text}
			}
		}
	}
	return values, nil
}

// attribute is the value of an attribute, without a type where there is none yet.
func (r Run) attribute(name string) filter.Value {
	switch name {
	case "seed":
		return filter.Value{Type: filter.TypeNumber, Number: float64(r.Seed)}
	case "parameters":
		return filter.Value{Type: filter.TypeNumber, Number: float64(r.Parameters)}
	case "created", "started", "finished", "deleted":
		return timeValue(map[string]time.Time{"created": r.Created, "started": r.Started, "finished": r.Finished, "deleted": r.Deleted}[name])
	case "duration":
		if r.Started.IsZero() || r.Finished.IsZero() {
			return filter.Value{}
		}
		return filter.Value{Type: filter.TypeDuration, Duration: r.Finished.Sub(r.Started)}
	}
	text := map[string]string{"id": r.ID, "experiment": r.Experiment, "variant": r.Variant, "status": string(r.Status), "parent": r.Parent}[name]
	if text == "" {
		return filter.Value{}
	}
	return filter.Value{Type: filter.TypeString, Text: text}
}

func timeValue(t time.Time) filter.Value {
	if t.IsZero() {
		return filter.Value{}
	}
	return filter.Value{Type: filter.TypeTime, Time: t}
}

// value is the param as a filter sees it; null is none.
func (p Param) value() filter.Value {
	switch p.Kind {
	case ParamNumber:
		return filter.Value{Type: filter.TypeNumber, Number: p.Number, Text: p.Text}
	case ParamBool:
		return filter.Value{Type: filter.TypeBool, Bool: p.Text == "true"}
	case ParamString, ParamList:
		return filter.Value{Type: filter.TypeString, Text: p.Text}
	}
	return filter.Value{}
}

// value is one number of a summary. Min, max and mean of no number are none.
func (s Summary) value(of filter.Summary) filter.Value {
	v := s.Last
	switch of {
	case filter.Min:
		v = s.Min
	case filter.Max:
		v = s.Max
	case filter.Mean:
		v = s.Mean()
	case filter.Count:
		v = Value(s.Count)
	}
	if math.IsNaN(float64(v)) && of != filter.Last {
		return filter.Value{}
	}
	return filter.Value{Type: filter.TypeNumber, Number: float64(v)}
}

// summariesOf reads the summaries of the metrics among columns, by run and series.
func summariesOf(ctx context.Context, q queryer, runs []string, columns []filter.Operand) (map[string]map[seriesName]Summary, error) {
	var names []string
	for _, o := range columns {
		if o.Kind == filter.Metric {
			names = append(names, o.Name)
		}
	}
	found := map[string]map[seriesName]Summary{}
	if len(names) == 0 {
		return found, nil
	}
	rows, err := q.QueryContext(ctx, `SELECT s.name, s.context, s.count, s.nan, s.pos_inf, s.neg_inf, s.first_step, s.first_value, s.first_kind,
		s.last_step, s.last_value, s.last_kind, s.min, s.min_step, s.max, s.max_step, s.sum, s.run
		FROM json_each(?) j JOIN series s ON s.run = j.value
		WHERE s.name IN (SELECT value FROM json_each(?)) AND s.count > 0`, mustJSON(runs), mustJSON(names))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var run string
		s, err := scanSummary(rows, &run)
		if err != nil {
			return nil, err
		}
		if found[run] == nil {
			found[run] = map[seriesName]Summary{}
		}
		found[run][seriesName{s.Metric, s.Context}] = s
	}
	return found, rows.Err()
}

// notedRuns are those of some runs that have a note.
func notedRuns(ctx context.Context, q queryer, runs []string) (map[string]bool, error) {
	noted := map[string]bool{}
	ids, err := collect(ctx, q, scanText, `SELECT j.value FROM json_each(?) j
		WHERE (SELECT text FROM notes n WHERE n.run = j.value AND n.experiment = '' ORDER BY n.id DESC LIMIT 1) <> ''`, mustJSON(runs))
	for _, id := range ids {
		noted[id] = true
	}
	return noted, err
}
