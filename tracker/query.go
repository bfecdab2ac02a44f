package tracker

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/bits-and-blooms/bitset"

	"inkstone/tracker/filter"
)

// Query asks for runs.
type Query struct {
	// Where selects them, and Order orders them; both are checked (see ParseQuery). Nil selects all, and means the newest first;
	// equal runs stand in the order of their creation, or with desc against it, and those without a value last. Deleted runs are
	// left out, unless Where asks about the attribute deleted.
	Where filter.Expr
	Order *filter.Order
	// After is the Next of the page before; Limit bounds the runs of a page, 100 if it is 0.
	After string
	Limit int
}

// RunPage is a page of runs.
type RunPage struct {
	Runs []Run
	// Total is how many runs are selected, on all pages.
	Total int
	// Next is where the next page begins; "" if this is the last.
	Next string
}

// ParseQuery reads a filter and an order in their language against what the store holds. Mistakes are filter.Errors.
func (s *Store) ParseQuery(ctx context.Context, where, order string) (Query, error) {
	var q Query
	catalog, err := s.Catalog(ctx)
	if err != nil {
		return q, err
	}
	parsed, err := filter.Parse(where, s.clock())
	if err != nil {
		return q, err
	}
	if q.Where, err = filter.Check(parsed, catalog); err != nil {
		return q, err
	}
	keys, err := filter.ParseOrder(order)
	if err != nil {
		return q, err
	}
	if keys, err = filter.CheckOrder(keys, catalog); err != nil {
		return q, err
	}
	switch len(keys) {
	case 0:
	case 1:
		q.Order = &keys[0]
	default:
		return q, fmt.Errorf("%w: runs are ordered by one key, and %d are given: %s", ErrInvalid, len(keys), filter.ExplainOrder(keys))
	}
	return q, nil
}

// ParseOperands reads a list of operands, with commas between them, against what the store holds: "val/loss, min(val/loss),
// train.learning_rate". Mistakes are filter.Errors, a direction among them too.
func (s *Store) ParseOperands(ctx context.Context, text string) ([]filter.Operand, error) {
	catalog, err := s.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	return filter.ParseOperands(text, catalog)
}

// Query reads a page of runs.
func (s *Store) Query(ctx context.Context, q Query) (RunPage, error) {
	page, err := s.query(ctx, q)
	if err != nil {
		return page, fmt.Errorf("query runs: %w", err)
	}
	return page, nil
}

func (s *Store) query(ctx context.Context, q Query) (RunPage, error) {
	var page RunPage
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return page, err
	}
	defer func() { _ = tx.Rollback() }()
	set, err := (&selection{ctx: ctx, q: tx, store: s}).runs(q.Where)
	if err != nil {
		return page, err
	}
	page.Total = int(set.Count())
	if q.Limit <= 0 {
		q.Limit = 100
	}
	w := &walk{ctx: ctx, q: tx, set: set, order: q.Order, limit: q.Limit + 1}
	numbers, err := w.from(q.After)
	if err != nil {
		return page, err
	}
	if len(numbers) > q.Limit {
		numbers = numbers[:q.Limit]
		if page.Next, err = w.after(numbers[q.Limit-1]); err != nil {
			return page, err
		}
	}
	page.Runs, err = s.runsByNumber(ctx, tx, numbers)
	return page, err
}

// CountRuns is how many runs a filter selects.
func (s *Store) CountRuns(ctx context.Context, where filter.Expr) (int, error) {
	set, err := s.selected(ctx, where)
	if err != nil {
		return 0, fmt.Errorf("count runs: %w", err)
	}
	return int(set.Count()), nil
}

func (s *Store) selected(ctx context.Context, where filter.Expr) (*bitset.BitSet, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	return (&selection{ctx: ctx, q: tx, store: s}).runs(where)
}

// Catalog lists what filters can be about.
func (s *Store) Catalog(ctx context.Context) (filter.Catalog, error) {
	c := filter.Catalog{Params: map[string][]filter.Type{}, Metrics: map[string][]string{}}
	_, err := collect(ctx, s.read, func(r *sql.Rows) (struct{}, error) {
		var name, kind string
		err := r.Scan(&name, &kind)
		c.Params[name] = append(c.Params[name], filter.Type(kind))
		return struct{}{}, err
	}, `SELECT name, 'number' FROM params p WHERE EXISTS (SELECT 1 FROM param_numbers WHERE param = p.id)
		UNION ALL SELECT DISTINCT p.name, t.kind FROM params p JOIN terms t ON t.param = p.id WHERE EXISTS (SELECT 1 FROM postings WHERE term = t.id)`)
	if err == nil {
		_, err = collect(ctx, s.read, func(r *sql.Rows) (struct{}, error) {
			var name, context string
			err := r.Scan(&name, &context)
			c.Metrics[name] = append(c.Metrics[name], context)
			return struct{}{}, err
		}, `SELECT name, context FROM metrics m WHERE EXISTS (SELECT 1 FROM results WHERE metric = m.id)
			UNION SELECT s.name, s.context FROM runs r JOIN series s ON s.run = r.id WHERE r.status = 'running' AND s.count > 0`)
	}
	if err == nil {
		c.Tags, err = collect(ctx, s.read, scanText, "SELECT DISTINCT name FROM tags ORDER BY name")
	}
	if err != nil {
		return c, fmt.Errorf("list what runs can be found by: %w", err)
	}
	return c, nil
}
