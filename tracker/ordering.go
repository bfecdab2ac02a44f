package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// Ordering is the runs that a query selects in their order, as they stood at one version of the store. Windows of one ordering
// fit together, however much is recorded meanwhile. It is never changed.
type Ordering struct {
	// Version is the store's when the runs were put in order.
	Version int64
	numbers []int64
}

// Len is how many runs the ordering has.
func (o *Ordering) Len() int { return len(o.numbers) }

// Arrange puts all runs in order that a query selects; its After and Limit count for nothing.
func (s *Store) Arrange(ctx context.Context, q Query) (*Ordering, error) {
	o, err := s.arrange(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("put runs in order: %w", err)
	}
	return o, nil
}

func (s *Store) arrange(ctx context.Context, q Query) (*Ordering, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	o := &Ordering{}
	if o.Version, err = versionIn(ctx, tx); err != nil {
		return nil, err
	}
	set, err := (&selection{ctx: ctx, q: tx, store: s}).runs(q.Where)
	if err != nil {
		return nil, err
	}
	w := &walk{ctx: ctx, q: tx, set: set, order: q.Order, limit: int(set.Count())}
	if w.limit > 0 {
		o.numbers, err = w.from("")
	}
	return o, err
}

// IndexOf is where a run stands in an ordering, -1 if it is not among its runs.
func (s *Store) IndexOf(ctx context.Context, o *Ordering, run string) (int, error) {
	var number int64
	err := s.read.QueryRowContext(ctx, "SELECT number FROM runs WHERE id = ?", run).Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		return -1, nil
	}
	if err != nil {
		return -1, fmt.Errorf("find run %s in its order: %w", run, err)
	}
	return slices.Index(o.numbers, number), nil
}

// IDs lists the runs of an ordering from one index to before another.
func (s *Store) IDs(ctx context.Context, o *Ordering, from, to int) ([]string, error) {
	ids, err := collect(ctx, s.read, scanText, "SELECT r.id FROM json_each(?) j JOIN runs r ON r.number = j.value ORDER BY j.key", mustJSON(o.part(from, to)))
	if err != nil {
		return nil, fmt.Errorf("list the runs of an order: %w", err)
	}
	return ids, nil
}

// part is the numbers from one index to before another, as far as there are such.
func (o *Ordering) part(from, to int) []int64 {
	from = min(max(from, 0), len(o.numbers))
	return o.numbers[from:min(max(to, from), len(o.numbers))]
}

// Sample reads so many runs, evenly spread over an ordering.
func (s *Store) Sample(ctx context.Context, o *Ordering, most int) ([]Row, error) {
	numbers := o.numbers
	if len(numbers) > most {
		numbers = make([]int64, most)
		for i := range numbers {
			numbers[i] = o.numbers[i*len(o.numbers)/most]
		}
	}
	rows, err := s.window(ctx, numbers, nil)
	if err != nil {
		return nil, fmt.Errorf("read a sample of runs: %w", err)
	}
	return rows, nil
}
