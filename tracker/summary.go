package tracker

import (
	"context"
	"database/sql"
	"fmt"
	"math"
)

// Summary describes a series without its points; superseded ones are no part of it. What is no number is counted, and left
// out of the extremes and the sum.
type Summary struct {
	Metric, Context            string
	Count, NaN, PosInf, NegInf int64
	FirstStep, LastStep        int64
	First, Last                Value
	// Min and Max are NaN where no value is a number.
	Min, Max         Value
	MinStep, MaxStep int64
	Sum              float64
}

// Mean is the mean of the values that are numbers, NaN without any.
func (s Summary) Mean() Value {
	return Value(s.Sum / float64(s.Count-s.NaN-s.PosInf-s.NegInf))
}

// add puts a value behind the others.
func (s *Summary) add(step int64, value float64) {
	if s.Count == 0 {
		s.First, s.FirstStep, s.Min, s.Max = Value(value), step, Value(math.NaN()), Value(math.NaN())
	}
	s.Count++
	s.Last, s.LastStep = Value(value), step
	switch {
	case math.IsNaN(value):
		s.NaN++
	case math.IsInf(value, 1):
		s.PosInf++
	case math.IsInf(value, -1):
		s.NegInf++
	default:
		if !(float64(s.Min) <= value) {
			s.Min, s.MinStep = Value(value), step
		}
		if !(float64(s.Max) >= value) {
			s.Max, s.MaxStep = Value(value), step
		}
		s.Sum += value
	}
}

// tally summarises the series of a batch, in the order of their first samples.
func tally(samples []Sample) []Summary {
	index := map[seriesName]int{}
	var list []Summary
	for _, x := range samples {
		name := seriesName{x.Metric, x.Context}
		i, ok := index[name]
		if !ok {
			i = len(list)
			index[name] = i
			list = append(list, Summary{Metric: x.Metric, Context: x.Context})
		}
		list[i].add(x.Step, x.Value)
	}
	return list
}

type seriesName struct{ metric, context string }

// addSummary puts a summary of later points behind what the series has. Of hidden points it makes sure that there is a series.
func addSummary(ctx context.Context, tx *sql.Tx, run string, s *Summary, hidden bool) error {
	if hidden {
		s = &Summary{Metric: s.Metric, Context: s.Context}
	}
	first, last := kindOf(float64(s.First)), kindOf(float64(s.Last))
	least, most := s.extremes()
	row, err := tx.ExecContext(ctx, `UPDATE series SET
			first_step = iif(count, first_step, ?1), first_value = iif(count, first_value, ?2), first_kind = iif(count, first_kind, ?3),
			last_step = iif(?15, ?4, last_step), last_value = iif(?15, ?5, last_value), last_kind = iif(?15, ?6, last_kind),
			min_step = iif(?7 < min, ?8, min_step), min = min(min, ?7), max_step = iif(?9 > max, ?10, max_step), max = max(max, ?9),
			sum = coalesce(sum + ?11, 9e999), nan = nan + ?12, pos_inf = pos_inf + ?13, neg_inf = neg_inf + ?14, count = count + ?15
		WHERE run = ?16 AND name = ?17 AND context = ?18`,
		s.FirstStep, number(s.First), first, s.LastStep, number(s.Last), last, least, s.MinStep, most, s.MaxStep,
		s.finiteSum(), s.NaN, s.PosInf, s.NegInf, s.Count, run, s.Metric, s.Context)
	if err != nil {
		return err
	}
	if n, err := row.RowsAffected(); err != nil || n > 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO series (run, name, context, folded_attempt, folded_sequence, count, nan, pos_inf, neg_inf,
			first_step, first_value, first_kind, last_step, last_value, last_kind, min, min_step, max, max_step, sum)
		VALUES (?, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, append([]any{run, s.Metric, s.Context}, s.columns()...)...)
	return err
}

// setSummary replaces a series' summary.
func setSummary(ctx context.Context, tx *sql.Tx, series int64, s Summary) error {
	_, err := tx.ExecContext(ctx, `UPDATE series SET count = ?, nan = ?, pos_inf = ?, neg_inf = ?, first_step = ?, first_value = ?, first_kind = ?,
		last_step = ?, last_value = ?, last_kind = ?, min = ?, min_step = ?, max = ?, max_step = ?, sum = ? WHERE id = ?`, append(s.columns(), series)...)
	return err
}

// columns are the summary's columns in the table's order, from count on.
func (s *Summary) columns() []any {
	first, last := kindOf(float64(s.First)), kindOf(float64(s.Last))
	least, most := s.extremes()
	return []any{
		s.Count, s.NaN, s.PosInf, s.NegInf, s.FirstStep, number(s.First), first, s.LastStep, number(s.Last), last,
		least, s.MinStep, most, s.MaxStep, s.finiteSum(),
	}
}

// extremes are the columns min and max.
func (s *Summary) extremes() (least, most float64) {
	if s.Count == s.NaN+s.PosInf+s.NegInf {
		return math.Inf(1), math.Inf(-1)
	}
	return float64(s.Min), float64(s.Max)
}

// finiteSum is the column sum, which cannot hold what a sum of values beyond its range is.
func (s *Summary) finiteSum() float64 {
	if math.IsNaN(s.Sum) {
		return math.Inf(1)
	}
	return s.Sum
}

func number(v Value) sql.NullFloat64 {
	return sql.NullFloat64{Float64: float64(v), Valid: kindOf(float64(v)) == kindNumber}
}

// Summaries lists a run's series, by name and context. Those whose points are all superseded are left out.
func (s *Store) Summaries(ctx context.Context, run string) ([]Summary, error) {
	return s.summaries(ctx, run, "")
}

// SummariesOf lists those of a run's series that have one of the names and one of the contexts; nil contexts are all.
func (s *Store) SummariesOf(ctx context.Context, run string, names, contexts []string) ([]Summary, error) {
	condition, args := " AND name IN (SELECT value FROM json_each(?))", []any{mustJSON(append([]string{}, names...))}
	if contexts != nil {
		condition, args = condition+" AND context IN (SELECT value FROM json_each(?))", append(args, mustJSON(contexts))
	}
	return s.summaries(ctx, run, condition, args...)
}

// LastStep is the highest of the last steps of a run's series, 0 where none is higher: how far the run has come.
func (s *Store) LastStep(ctx context.Context, run string) (step int64, err error) {
	row := s.read.QueryRowContext(ctx, "SELECT max(coalesce(max(last_step), 0), 0) FROM series WHERE run = ? AND count > 0", run)
	if err := row.Scan(&step); err != nil {
		return 0, fmt.Errorf("last step of run %s: %w", run, err)
	}
	return step, nil
}

func (s *Store) summaries(ctx context.Context, run, condition string, args ...any) ([]Summary, error) {
	list, err := collect(ctx, s.read, func(rows *sql.Rows) (Summary, error) { return scanSummary(rows) }, `SELECT name, context, count, nan, pos_inf, neg_inf, first_step, first_value, first_kind,
		last_step, last_value, last_kind, min, min_step, max, max_step, sum FROM series WHERE run = ? AND count > 0`+condition+" ORDER BY name, context",
		append([]any{run}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("summarise run %s: %w", run, err)
	}
	return list, nil
}

// scanSummary reads the columns of a summary, and further ones behind them.
func scanSummary(rows *sql.Rows, more ...any) (Summary, error) {
	var s Summary
	var first, last sql.NullFloat64
	var firstKind, lastKind string
	err := rows.Scan(append([]any{&s.Metric, &s.Context, &s.Count, &s.NaN, &s.PosInf, &s.NegInf, &s.FirstStep, &first, &firstKind,
		&s.LastStep, &last, &lastKind, (*float64)(&s.Min), &s.MinStep, (*float64)(&s.Max), &s.MaxStep, &s.Sum}, more...)...)
	if err != nil {
		return s, err
	}
	if s.Min > s.Max {
		s.Min, s.Max = Value(math.NaN()), Value(math.NaN())
	}
	if s.First, err = fromKind(firstKind, first.Float64); err != nil {
		return s, err
	}
	s.Last, err = fromKind(lastKind, last.Float64)
	return s, err
}
