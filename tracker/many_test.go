package tracker

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
)

// manyRuns fills a store with ended runs of 20 params and 20 metrics each, in one transaction, as appends and CreateRun would
// have: some params are words, some take a few numbers, some another one in every run. Values are drawn from a hash of run and name.
func manyRuns(t testing.TB, s *Store, runs int) {
	t.Helper()
	const mixed = "((n.value * 2654435761 + k.value * 97003) %% 2147483648)"
	const unit = "((" + mixed + " * " + mixed + " / 65536 %% 1000003) / 1000003.0)" // its middle bits
	const all = "FROM few k, many n"
	err := s.transact(context.Background(), func(tx *sql.Tx) error {
		for _, text := range []string{
			"CREATE TEMP TABLE many AS WITH RECURSIVE g(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM g WHERE value < %[1]d) SELECT value FROM g",
			"CREATE TEMP TABLE few AS WITH RECURSIVE g(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM g WHERE value < 20) SELECT value FROM g",
			`INSERT INTO runs (number, id, experiment, variant, seed, digest, record_digest, data_digest, tokenizer_digest, status, error, parent,
				parameters, created, started, finished, deleted, collecting, spec)
				SELECT value, printf('%%016d', value), 'sweep-' || (value %% 50), 'variant-' || (value %% 20), value %% 5, 'd' || value, '', '', '',
				CASE value %% 40 WHEN 0 THEN 'failed' ELSE 'finished' END, '', '', 1000 * (value %% 7), value * 1000000, value * 1000000, (value + value %% 100) * 1000000, 0, 0,
				'{}' FROM many`,
			"CREATE TEMP TABLE drawn AS SELECT n.value AS run, 'train.param_' || printf('%%02d', k.value) AS name, iif(k.value <= 15, CAST(" + unit + " * k.value AS INTEGER), " + unit + ") AS number " + all,
			"INSERT INTO params (name) SELECT DISTINCT name FROM drawn",
			"INSERT INTO param_numbers (param, number, run) SELECT p.id, d.number, d.run FROM drawn d JOIN params p ON p.name = d.name WHERE d.name > 'train.param_05' ORDER BY 1, 2, 3",
			"INSERT INTO terms (param, kind, text) SELECT DISTINCT p.id, 'string', 'v' || number FROM drawn d JOIN params p ON p.name = d.name WHERE d.name <= 'train.param_05'",
			"INSERT INTO postings (term, run) SELECT t.id, d.run FROM drawn d JOIN params p ON p.name = d.name JOIN terms t ON t.param = p.id AND t.kind = 'string' AND t.text = 'v' || d.number WHERE d.name <= 'train.param_05' ORDER BY 1, 2",
			"INSERT INTO metrics (name, context) SELECT 'metric/' || printf('%%02d', value), '' FROM few",
			"INSERT INTO results (metric, run, last, last_kind, min, max, mean, count, nan) SELECT k.value, n.value, " + unit + ", 'number', " + unit + ", " + unit + " + 1, " + unit + " + .5, 1000, 0 " + all,
			"INSERT INTO series (run, name, context, folded_attempt, folded_sequence, count, nan, pos_inf, neg_inf, first_step, first_value, first_kind, last_step, last_value, last_kind, min, min_step, max, max_step, sum) " +
				"SELECT printf('%%016d', n.value), 'metric/' || printf('%%02d', k.value), '', 1, 1, 1000, 0, 0, 0, 0, " + unit + ", 'number', 999, " + unit + ", 'number', " + unit + ", 0, " + unit + " + 1, 500, 1000 * (" + unit + " + .5) " + all,
			"DROP TABLE drawn", "DROP TABLE many", "DROP TABLE few",
		} {
			if _, err := tx.Exec(strings.NewReplacer("%[1]d", fmt.Sprint(runs), "%%", "%").Replace(text)); err != nil {
				return fmt.Errorf("%w in %.60s", err, text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// manyPoints gives each of some series so many noisy points, in place of what they have: the chunks of one are encoded, and
// copied for the others in the same transaction.
func manyPoints(t testing.TB, s *Store, series []int64, points int) {
	t.Helper()
	c := noisy(points)
	summary := Summary{}
	for i, v := range c.values {
		summary.add(c.steps[i], v)
	}
	ctx := context.Background()
	err := s.transact(ctx, func(tx *sql.Tx) error {
		for i := 0; i < points; i += chunkPoints {
			if err := newChunk(series[0], i/chunkPoints, c.slice(i, min(i+chunkPoints, points))).write(ctx, tx); err != nil {
				return err
			}
		}
		for _, id := range series {
			if err := setSummary(ctx, tx, id, summary); err != nil {
				return err
			}
			if id == series[0] {
				continue
			}
			if _, err := tx.Exec("INSERT OR REPLACE INTO chunks SELECT id - ?1 + ?2, top, levels, data FROM chunks WHERE id BETWEEN ?1 AND ?1 + 0xffffff",
				chunkID(series[0], 0), chunkID(id, 0)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// seriesWhere lists the ids of series that a condition selects.
func seriesWhere(t testing.TB, s *Store, condition string, args ...any) []int64 {
	t.Helper()
	ids, err := collect(context.Background(), s.read, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) },
		"SELECT id FROM series WHERE "+condition, args...)
	if err != nil || len(ids) == 0 {
		t.Fatal(len(ids), err)
	}
	return ids
}
