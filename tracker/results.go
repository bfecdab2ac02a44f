package tracker

import (
	"context"
	"database/sql"
)

// Results are the summaries of ended runs once more, narrow and in order, so that a hundred thousand of them are filtered and
// sorted at once. Runs that have not ended are looked up in their series: no append pays for the order.

// fileResults files the summaries of a run that has ended.
func fileResults(ctx context.Context, tx *sql.Tx, run string) error {
	if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO metrics (name, context) SELECT name, context FROM series WHERE run = ? AND count > 0", run); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO results (metric, run, last, last_kind, min, max, mean, count, nan)
		SELECT m.id, r.number, CASE s.last_kind WHEN 'Infinity' THEN 9e999 WHEN '-Infinity' THEN -9e999 ELSE s.last_value END, s.last_kind, iif(s.min <= s.max, s.min, NULL), iif(s.min <= s.max, s.max, NULL),
			s.sum / nullif(s.count - s.nan - s.pos_inf - s.neg_inf, 0), s.count, s.nan
		FROM series s JOIN runs r ON r.id = s.run JOIN metrics m ON m.name = s.name AND m.context = s.context WHERE s.run = ? AND s.count > 0`, run)
	return err
}

// withdrawResults takes them back, since the run goes on.
func withdrawResults(ctx context.Context, tx *sql.Tx, run string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM results WHERE run = (SELECT number FROM runs WHERE id = ?1)
		AND metric IN (SELECT m.id FROM series s JOIN metrics m ON m.name = s.name AND m.context = s.context WHERE s.run = ?1)`, run)
	return err
}
