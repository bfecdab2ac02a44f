package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/mattn/go-sqlite3"
)

// Finding is something that is wrong in a store.
type Finding struct {
	// Where names the thing: "chunk 3 of val/loss of run …". What says what is wrong with it.
	Where string `json:"where"`
	What  string `json:"what"`
	// Lost tells whether something that was recorded cannot be read.
	Lost bool `json:"lost"`
}

// Report is what Check found, and how much it looked at.
type Report struct {
	Runs     int       `json:"runs"`
	Series   int       `json:"series"`
	Points   int64     `json:"points"`
	Batches  int       `json:"batches"` // of the journal
	Chunks   int       `json:"chunks"`
	Heads    int       `json:"heads"` // of captures
	Blobs    int       `json:"blobs"` // of artifacts
	Findings []Finding `json:"findings"`
}

// Sound tells whether everything that was recorded can be read.
func (r Report) Sound() bool {
	return !slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Lost })
}

// Check reads everything in a store, and compares checksums, counts, summaries and references. It changes nothing, and may
// run while others write. An error means that the check could not go on; what is damaged is in the report.
func (s *Store) Check(ctx context.Context, progress func(run string, done, total int)) (Report, error) {
	c := &checker{store: s}
	if err := c.database(ctx); err != nil {
		return c.report, fmt.Errorf("check the database: %w", err)
	}
	ids, err := collect(ctx, s.read, scanText, "SELECT id FROM runs WHERE collecting = 0 ORDER BY id")
	if err := c.isolate("the list of runs", err); err != nil {
		return c.report, fmt.Errorf("list the runs: %w", err)
	}
	for i, run := range ids {
		if progress != nil {
			progress(run, i, len(ids))
		}
		if err := c.run(ctx, run); err != nil {
			return c.report, fmt.Errorf("check run %s: %w", run, err)
		}
	}
	if err := c.isolate("what makes runs findable", c.indexes(ctx)); err != nil {
		return c.report, fmt.Errorf("check what makes runs findable: %w", err)
	}
	if err := c.isolate("the list of artifacts", c.blobs(ctx)); err != nil {
		return c.report, fmt.Errorf("check the blobs: %w", err)
	}
	return c.report, nil
}

type checker struct {
	store  *Store
	report Report
}

func (c *checker) find(lost bool, where, what string, args ...any) {
	c.report.Findings = append(c.report.Findings, Finding{where, fmt.Sprintf(what, args...), lost})
}

// isolate makes a finding of what cannot be read as it was written, so that the rest is checked. What keeps the check itself
// from going on stays an error: its end was asked for, or the machine does not let it read.
func (c *checker) isolate(where string, err error) error {
	var e sqlite3.Error
	hindered := errors.As(err, &e) && slices.Contains([]sqlite3.ErrNo{sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrInterrupt, sqlite3.ErrIoErr, sqlite3.ErrCantOpen, sqlite3.ErrNomem, sqlite3.ErrFull}, e.Code)
	if err == nil || hindered || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	c.find(true, where, "%v", err)
	return nil
}

// database asks SQLite for what it can check by itself.
func (c *checker) database(ctx context.Context) error {
	verdicts, err := collect(ctx, c.store.read, scanText, "PRAGMA integrity_check")
	if err := c.isolate("the database", err); err != nil {
		return err
	}
	for _, v := range verdicts {
		if v != "ok" {
			c.find(true, "the database", "%s", v)
		}
	}
	_, err = collect(ctx, c.store.read, func(r *sql.Rows) (struct{}, error) {
		var table, parent string
		var row sql.NullInt64
		var key int
		err := r.Scan(&table, &row, &parent, &key)
		c.find(false, "table "+table, "row %d refers to a row of %s that is not there", row.Int64, parent)
		return struct{}{}, err
	}, "PRAGMA foreign_key_check")
	return c.isolate("the references", err)
}

// run checks one run in a transaction of its own, so that a long check holds no long one.
func (c *checker) run(ctx context.Context, run string) error {
	tx, err := c.store.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	c.report.Runs++
	if _, err := os.Stat(c.store.RunDir(run)); err != nil {
		c.find(true, "run "+run, "its folder with logs and checkpoints is missing")
	}
	for _, check := range []func(context.Context, queryer, string) error{c.journal, c.series, c.captures} {
		if err := c.isolate("run "+run, check(ctx, tx, run)); err != nil {
			return err
		}
	}
	return nil
}

// journal checks the batches, and that none is missing between them.
func (c *checker) journal(ctx context.Context, q queryer, run string) error {
	rows, err := q.QueryContext(ctx, `SELECT j.attempt, j.sequence, j.payload, a.last_sequence FROM journal j
		JOIN attempts a ON a.run = j.run AND a.number = j.attempt WHERE j.run = ? ORDER BY j.attempt, j.sequence`, run)
	if err != nil {
		return err
	}
	defer rows.Close()
	var before position
	for rows.Next() {
		var at position
		var last int64
		var payload sql.RawBytes
		if err := rows.Scan(&at.attempt, &at.sequence, &payload, &last); err != nil {
			return err
		}
		where := fmt.Sprintf("batch %d of run %s, attempt %d", at.sequence, run, at.attempt)
		c.report.Batches++
		if _, err := DecodeSamples(payload); err != nil {
			c.find(true, where, "%v", err)
		}
		if at.attempt == before.attempt && at.sequence != before.sequence+1 {
			c.find(true, where, "the batch before it is %d", before.sequence)
		}
		if at.sequence > last {
			c.find(false, where, "the attempt counts %d batches", last)
		}
		before = at
	}
	return rows.Err()
}

// series checks chunks and summaries.
func (c *checker) series(ctx context.Context, q queryer, run string) error {
	summaries := map[seriesName]Summary{}
	rows, err := q.QueryContext(ctx, `SELECT name, context, count, nan, pos_inf, neg_inf, first_step, first_value, first_kind,
		last_step, last_value, last_kind, min, min_step, max, max_step, sum FROM series WHERE run = ? ORDER BY name, context`, run)
	if err != nil {
		return err
	}
	defer rows.Close()
	var order []seriesName
	for rows.Next() {
		s, err := scanSummary(rows)
		if err != nil {
			return err
		}
		name := seriesName{s.Metric, s.Context}
		order, summaries[name] = append(order, name), s
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, name := range order {
		c.report.Series++
		if err := c.oneSeries(ctx, q, run, name, summaries[name]); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) oneSeries(ctx context.Context, q queryer, run string, name seriesName, stored Summary) error {
	where := fmt.Sprintf("%s of run %s", name.label(), run)
	v, err := openView(ctx, q, run, name)
	if err != nil {
		return c.isolate(where, err)
	}
	if err := c.isolate(where, c.pyramids(ctx, q, v.id, where)); err != nil {
		return err
	}
	if err := v.load(ctx, 0, v.stored); err != nil {
		return err
	}
	c.damages(where, v.damaged)
	sum := Summary{Metric: name.metric, Context: name.context}
	for _, p := range v.pieces {
		if p.cols == nil {
			continue
		}
		c.report.Points += int64(p.cols.len())
		for i := range p.cols.len() {
			sum.add(p.cols.steps[i], p.cols.values[i])
		}
	}
	if len(v.damaged) == 0 && !sum.fits(stored) {
		c.find(false, where, "its summary is %+v, its points give %+v", stored, sum)
	}
	_, damaged, err := supersededColumns(ctx, q, run, name)
	c.damages(where, damaged)
	return c.isolate(where, err)
}

// damages are those of a series that are not named by others: pyramids and batches are looked at by themselves.
func (c *checker) damages(where string, all []error) {
	for _, damage := range all {
		if !errors.Is(damage, errPyramid) && !errors.Is(damage, errBatch) {
			c.find(true, where, "%v", damage)
		}
	}
}

// pyramids holds each chunk's pyramid against its points. That the points themselves are damaged is found by reading them.
func (c *checker) pyramids(ctx context.Context, q queryer, series int64, where string) error {
	rows, err := q.QueryContext(ctx, "SELECT id, top, levels, data FROM chunks WHERE id BETWEEN ? AND ? ORDER BY id", chunkID(series, 0), chunkID(series+1, 0)-1)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var top, levels, data sql.RawBytes
		if err := rows.Scan(&id, &top, &levels, &data); err != nil {
			return err
		}
		c.report.Chunks++
		cols, _, err := decodeData(data, nil)
		if err != nil {
			continue
		}
		number, want := id-chunkID(series, 0), levelsOf(cols)
		for _, x := range []struct {
			blob []byte
			want []Bucket
		}{{top, []Bucket{topOf(want)}}, {levels, want}} {
			got, err := decodeBuckets(x.blob)
			switch {
			case err != nil:
				c.find(false, where, "the pyramid of chunk %d is damaged: %v; its points are sound", number, err)
			case !sameBuckets(got, x.want):
				c.find(false, where, "the pyramid of chunk %d does not fit its points", number)
			}
		}
	}
	return rows.Err()
}

func (n seriesName) label() string {
	if n.context == "" {
		return n.metric
	}
	return n.metric + " (" + n.context + ")"
}

// sameBuckets compares bits, since an infinite sum may have become no number.
func sameBuckets(a, b []Bucket) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		same := math.Float64bits(x.Sum) == math.Float64bits(y.Sum)
		if x.Sum, y.Sum = 0, 0; x != y || !same {
			return false
		}
	}
	return true
}

// fits compares a summary of points with one that was kept while they came: sums differ in their last bits.
func (s Summary) fits(kept Summary) bool {
	same := func(a, b Value) bool { return a == b || math.IsNaN(float64(a)) && math.IsNaN(float64(b)) }
	if s.Count == 0 {
		return kept.Count == 0
	}
	sums := math.Abs(s.Sum-kept.Sum) <= 1e-6*math.Max(math.Abs(s.Sum), 1) || math.IsInf(kept.Sum, 0) || math.IsNaN(s.Sum) || math.IsInf(s.Sum, 0)
	return s.Count == kept.Count && s.NaN == kept.NaN && s.PosInf == kept.PosInf && s.NegInf == kept.NegInf &&
		s.FirstStep == kept.FirstStep && s.LastStep == kept.LastStep && same(s.First, kept.First) && same(s.Last, kept.Last) &&
		same(s.Min, kept.Min) && same(s.Max, kept.Max) && (s.Count == s.NaN+s.PosInf+s.NegInf || s.MinStep == kept.MinStep && s.MaxStep == kept.MaxStep) && sums
}

// captures checks every head, and that a complete capture has all, and thumbnails.
func (c *checker) captures(ctx context.Context, q queryer, run string) error {
	rows, err := q.QueryContext(ctx, `SELECT id, step, kind, layers, heads, queries, keys, dtype, complete, thumbnails, edges FROM captures WHERE run = ? ORDER BY id`, run)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var x CaptureInfo
		var complete bool
		var thumbnails, edges sql.RawBytes
		if err := rows.Scan(&x.ID, &x.Step, &x.Kind, &x.Layers, &x.Heads, &x.Queries, &x.Keys, &x.DType, &complete, &thumbnails, &edges); err != nil {
			return err
		}
		where := fmt.Sprintf("capture %d (step %d) of run %s", x.ID, x.Step, run)
		if complete && x.Kind == Attention {
			if _, err := x.decodeThumbnails(thumbnails); err != nil {
				c.find(false, where, "its thumbnails: %v", err)
			}
		}
		if x.Kind == Histogram {
			if _, err := decodeEdges(edges); err != nil {
				c.find(true, where, "%v", err)
			}
		}
		seen, err := c.heads(ctx, q, x, where)
		if err := c.isolate(where, err); err != nil {
			return err
		}
		if complete && seen != x.Layers*x.Heads {
			c.find(true, where, "it has %d heads of %d", seen, x.Layers*x.Heads)
		}
	}
	return rows.Err()
}

func (c *checker) heads(ctx context.Context, q queryer, x CaptureInfo, where string) (seen int, err error) {
	rows, err := q.QueryContext(ctx, "SELECT layer, head, data FROM capture_heads WHERE capture = ? ORDER BY layer, head", x.ID)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var layer, head int
		var data sql.RawBytes
		if err := rows.Scan(&layer, &head, &data); err != nil {
			return seen, err
		}
		seen++
		c.report.Heads++
		if _, err := decodeValues(data, x.Queries, x.Keys, x.DType); err != nil {
			c.find(true, where, "layer %d, head %d: %v", layer, head, err)
		}
	}
	return seen, rows.Err()
}
