package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"inkstone/tracker/filter"
)

// source is where values of an operand stand, one type of them: rows of a table with a value and the number of a run.
type source struct {
	typ        filter.Type
	table      string // FROM … WHERE …, to which conditions are added with AND
	value, run string // expressions; the value is NULL where it is missing or NaN
	args       []any
	// texts selects the distinct texts, where that is quicker than to ask all rows.
	texts string
	// nan holds where the value is NaN; "" where it cannot be.
	nan string
}

// sources finds where an operand's values stand.
func sources(ctx context.Context, q queryer, o filter.Operand) ([]source, error) {
	switch o.Kind {
	case filter.Attribute:
		return []source{attributeSource(o.Name)}, nil
	case filter.Metric:
		return metricSources(ctx, q, o)
	case filter.Param:
		return paramSources(ctx, q, o)
	}
	return []source{{typ: filter.TypeString, table: "tags WHERE name = ?", value: "value", run: "run", args: []any{o.Name}}}, nil
}

// attributeColumns are the attributes that are no plain columns.
var attributeColumns = map[string]string{
	"parent": "nullif(parent, '')", "started": "nullif(started, 0)", "finished": "nullif(finished, 0)", "deleted": "nullif(deleted, 0)",
	"duration": "nullif(finished, 0) - nullif(started, 0)",
}

func attributeSource(name string) source {
	value := attributeColumns[name]
	if value == "" {
		value = name
	}
	return source{typ: filter.AttributeType(name), table: "runs WHERE 1", value: value, run: "number"}
}

// metricSources are the results of ended runs, and the series of those that go on.
func metricSources(ctx context.Context, q queryer, o filter.Operand) ([]source, error) {
	live := source{
		typ: filter.TypeNumber, run: "r.number", args: []any{o.Name, o.Context},
		table: "runs r JOIN series s ON s.run = r.id WHERE r.status = 'running' AND s.name = ? AND s.context = ? AND s.count > 0",
		value: map[filter.Summary]string{
			filter.Last:  "CASE s.last_kind WHEN 'Infinity' THEN 9e999 WHEN '-Infinity' THEN -9e999 ELSE s.last_value END",
			filter.Min:   "iif(s.min <= s.max, s.min, NULL)",
			filter.Max:   "iif(s.min <= s.max, s.max, NULL)",
			filter.Mean:  "s.sum / nullif(s.count - s.nan - s.pos_inf - s.neg_inf, 0)",
			filter.Count: "s.count",
		}[o.Summary],
	}
	filed := source{typ: filter.TypeNumber, run: "run", table: "results WHERE metric = ?", value: string(o.Summary)}
	switch o.Summary {
	case filter.Last, filter.Min, filter.Max:
		filed.table = "results INDEXED BY results_by_" + string(o.Summary) + " WHERE metric = ?"
	}
	if o.Summary == filter.Last {
		live.nan, filed.nan = "s.last_kind = 'NaN'", "last_kind = 'NaN'"
	}
	var id int64
	err := q.QueryRowContext(ctx, "SELECT id FROM metrics WHERE name = ? AND context = ?", o.Name, o.Context).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return []source{live}, nil
	}
	filed.args = []any{id}
	return []source{filed, live}, err
}

func paramSources(ctx context.Context, q queryer, o filter.Operand) ([]source, error) {
	var id int64
	err := q.QueryRowContext(ctx, "SELECT id FROM params WHERE name = ?", o.Name).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	words := func(typ filter.Type, kinds string) source {
		return source{
			typ: typ, value: "t.text", run: "p.run", args: []any{id},
			table: fmt.Sprintf("terms t JOIN postings p ON p.term = t.id WHERE t.param = ? AND t.kind IN (%s)", kinds),
			texts: fmt.Sprintf("SELECT text FROM terms WHERE param = ? AND kind IN (%s)", kinds),
		}
	}
	return []source{
		{typ: filter.TypeNumber, table: "param_numbers WHERE param = ?", value: "number", run: "run", args: []any{id}},
		words(filter.TypeString, "'string', 'list'"), words(filter.TypeBool, "'bool'"),
	}, err
}

// argument is a value as SQL sees it.
func argument(v filter.Value) any {
	switch v.Type {
	case filter.TypeNumber:
		return v.Number
	case filter.TypeBool:
		return fmt.Sprint(v.Bool)
	case filter.TypeTime:
		return micros(v.Time)
	case filter.TypeDuration:
		return v.Duration.Microseconds()
	}
	return v.Text
}
