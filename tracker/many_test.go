package tracker

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"inkstone/tracker/crowd"
)

// manyRuns fills a store with ended runs of 20 params and 20 metrics each.
func manyRuns(t testing.TB, s *Store, runs int) {
	t.Helper()
	if err := crowd.Fill(filepath.Join(s.Dir(), databaseName), runs, 20); err != nil {
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
