package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Span is what an attempt recorded: its first and last step, and how many points a later resume superseded.
type Span struct {
	Attempt   int   `json:"attempt"`
	FirstStep int64 `json:"first_step"`
	LastStep  int64 `json:"last_step"`
	// Superseded counts the points of all series that do not count any more.
	Superseded int64 `json:"superseded"`
}

// Spans tells what each attempt of a run recorded; attempts that recorded nothing are missing. Steps are those of the run's
// longest series. Where something is damaged, the rest is returned with an error that names it.
func (s *Store) Spans(ctx context.Context, run string) ([]Span, error) {
	spans, err := s.spans(ctx, run)
	if err != nil {
		return spans, fmt.Errorf("read what the attempts of run %s recorded: %w", run, err)
	}
	return spans, nil
}

func (s *Store) spans(ctx context.Context, run string) ([]Span, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	names, err := collect(ctx, tx, func(rows *sql.Rows) (n seriesName, err error) {
		return n, rows.Scan(&n.metric, &n.context)
	}, "SELECT name, context FROM series WHERE run = ? ORDER BY count DESC, name, context", run)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	byAttempt := map[int]*Span{}
	v, failed := openView(ctx, tx, run, names[0])
	if failed == nil {
		failed = v.load(ctx, 0, v.stored)
		for _, p := range v.pieces {
			if p.cols != nil {
				p.cols.span(byAttempt)
			}
		}
		failed = errors.Join(append(v.damaged, failed)...)
	}
	for i, name := range names {
		hidden, damaged, err := supersededColumns(ctx, tx, run, name)
		failed = errors.Join(append(damaged, failed, err)...)
		if i == 0 {
			hidden.span(byAttempt)
		}
		for _, o := range hidden.origins {
			spanOf(byAttempt, o.attempt).Superseded += int64(o.count)
		}
	}
	return inOrder(byAttempt), failed
}

func inOrder(byAttempt map[int]*Span) (spans []Span) {
	for number, left := 1, len(byAttempt); left > 0; number++ {
		if span := byAttempt[number]; span != nil {
			spans = append(spans, *span)
			left--
		}
	}
	return spans
}

// span widens the spans of attempts by the points that they recorded.
func (c *columns) span(byAttempt map[int]*Span) {
	at := 0
	for _, o := range c.origins {
		_, known := byAttempt[o.attempt]
		span := spanOf(byAttempt, o.attempt)
		for _, step := range c.steps[at : at+o.count] {
			if !known {
				span.FirstStep, span.LastStep, known = step, step, true
			}
			span.FirstStep, span.LastStep = min(span.FirstStep, step), max(span.LastStep, step)
		}
		at += o.count
	}
}

func spanOf(byAttempt map[int]*Span, attempt int) *Span {
	span := byAttempt[attempt]
	if span == nil {
		span = &Span{Attempt: attempt}
		byAttempt[attempt] = span
	}
	return span
}
