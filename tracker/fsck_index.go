package tracker

import (
	"context"
	"database/sql"
	"encoding/json"
)

// indexes holds what makes runs findable against what it was made from.
func (c *checker) indexes(ctx context.Context) error {
	if err := c.results(ctx); err != nil {
		return err
	}
	rows, err := c.store.read.QueryContext(ctx, `SELECT r.id, r.spec, coalesce(p.count, 0) FROM runs r
		LEFT JOIN (SELECT run, count(*) AS count FROM (SELECT run FROM postings UNION ALL SELECT run FROM param_numbers) GROUP BY run) p ON p.run = r.number WHERE r.collecting = 0`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, spec string
		var posted int
		if err := rows.Scan(&id, &spec, &posted); err != nil {
			return err
		}
		params, err := Params(json.RawMessage(spec))
		if err != nil {
			c.find(true, "run "+id, "%v", err)
		} else if len(params) != posted {
			c.find(false, "run "+id, "its spec has %d fields, %d of them can be searched", len(params), posted)
		}
	}
	return rows.Err()
}

// results looks for ended runs whose filed results are not those of their series, and for results of runs that go on.
func (c *checker) results(ctx context.Context) error {
	_, err := collect(ctx, c.store.read, func(rows *sql.Rows) (struct{}, error) {
		var id, name string
		err := rows.Scan(&id, &name)
		c.find(false, name+" of run "+id, "what filters see of it does not fit its summary")
		return struct{}{}, err
	}, `SELECT r.id, s.name FROM runs r JOIN series s ON s.run = r.id LEFT JOIN metrics m ON m.name = s.name AND m.context = s.context
			LEFT JOIN results x ON x.metric = m.id AND x.run = r.number
		WHERE r.collecting = 0 AND CASE WHEN r.status IN ('finished', 'failed', 'stopped') AND s.count > 0
			THEN x.run IS NULL OR x.count <> s.count OR x.last_kind <> s.last_kind OR x.last IS NOT s.last_value AND s.last_kind = 'number'
				OR coalesce(x.min, 9e999) <> s.min OR coalesce(x.max, -9e999) <> s.max
			ELSE x.run IS NOT NULL END`)
	return err
}

// blobs reads every blob that an artifact refers to, and holds it against its digest.
func (c *checker) blobs(ctx context.Context) error {
	type blob struct {
		digest, run, name string
		size              int64
	}
	rows, err := c.store.read.QueryContext(ctx, "SELECT digest, min(run), name, size FROM artifacts GROUP BY digest ORDER BY digest")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var b blob
		if err := rows.Scan(&b.digest, &b.run, &b.name, &b.size); err != nil {
			return err
		}
		c.report.Blobs++
		if err := c.store.verifyBlob(ctx, b.digest, b.size); err != nil {
			if ctx.Err() != nil {
				return err
			}
			c.find(true, "artifact "+b.name+" of run "+b.run, "%v", err)
		}
	}
	return rows.Err()
}
