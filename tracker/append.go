package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// Sample is one value of a series at a step. The context tells subset, rank and epoch apart from the metric's name; it is
// often empty.
type Sample struct {
	Metric, Context string
	Step            int64
	Time            time.Time
	Value           float64
}

// Batch is what is appended at once. Sequence counts the batches of an attempt from 1, without gaps.
type Batch struct {
	Run      string
	Attempt  int
	Sequence int64
	Samples  []Sample
}

// Sink takes batches. When Append has returned nil, the batch is on disk. A batch whose sequence was taken before is
// ignored; one that leaves a gap is refused with ErrInvalid.
type Sink interface {
	Append(ctx context.Context, b Batch) error
}

// Append implements Sink: one row of the journal and the summaries of its series, in one transaction, which it shares with
// what others append meanwhile.
func (s *Store) Append(ctx context.Context, b Batch) error { return s.AppendAll(ctx, []Batch{b}) }

// AppendAll appends batches in their order, as one Append after the other would, but waits for the disk once for many. The
// error is that of the first batch that was not taken.
func (s *Store) AppendAll(ctx context.Context, batches []Batch) error {
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("append %d batches: %w", len(batches), err)
	}
	all := make([]*appending, len(batches))
	for i, b := range batches {
		all[i] = &appending{Batch: b, payload: EncodeSamples(b.Samples), tallies: tally(b.Samples), done: make(chan struct{})}
	}
	err := s.appends.submit(s, all...)
	for _, a := range all {
		if err == nil {
			err = a.wait(ctx)
		}
		if err != nil {
			return fmt.Errorf("append batch %d of run %s, attempt %d: %w", a.Sequence, a.Run, a.Attempt, err)
		}
	}
	return nil
}

// appending is a batch on its way to the disk.
type appending struct {
	Batch
	payload []byte
	tallies []Summary
	err     error
	done    chan struct{} // closed when it is committed, or refused
}

// wait returns how it ended.
func (a *appending) wait(ctx context.Context) error {
	select {
	case <-a.done:
		return a.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// appendGroup bounds how many batches share a transaction.
const appendGroup = 256

// appends commits what waits, together.
type appends struct {
	mu      sync.Mutex
	waiting []*appending
	busy    bool // a goroutine is committing, and takes what comes meanwhile
	closed  bool
	worker  sync.WaitGroup
}

func (g *appends) submit(s *Store, all ...*appending) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return fmt.Errorf("%w: the store is closed", ErrInvalid)
	}
	g.waiting = append(g.waiting, all...)
	if !g.busy {
		g.busy = true
		g.worker.Go(func() { g.work(s) })
	}
	return nil
}

func (g *appends) work(s *Store) {
	for last := 0; ; {
		g.gather(last)
		g.mu.Lock()
		n := min(len(g.waiting), appendGroup)
		group := g.waiting[:n:n]
		g.waiting = g.waiting[n:]
		if n == 0 {
			g.waiting, g.busy = nil, false
			g.mu.Unlock()
			return
		}
		g.mu.Unlock()
		last = n
		g.commit(s, group)
	}
}

// gatherFor is how long a group waits for those who were in the last one: they are about to come again.
const gatherFor = 100 * time.Microsecond

// gather gives n writers the time to submit what they have next.
func (g *appends) gather(n int) {
	for began := time.Now(); n > 1 && time.Since(began) < gatherFor; runtime.Gosched() {
		g.mu.Lock()
		there := len(g.waiting)
		g.mu.Unlock()
		if there >= n {
			return
		}
	}
}

// commit writes a group in one transaction. What is refused leaves no trace; a failure is everybody's.
func (g *appends) commit(s *Store, group []*appending) {
	ctx := context.Background()
	err := s.transact(ctx, func(tx *sql.Tx) error {
		for _, a := range group {
			if err := a.write(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	for _, a := range group {
		if err != nil {
			a.err = err
		}
		close(a.done)
	}
}

// write puts the batch into the transaction. A refusal is the batch's own error. Statements are such as SQLite runs without
// a table of its own for them, and without rows to read: both would cost ten times as much.
func (a *appending) write(ctx context.Context, tx *sql.Tx) error {
	row, err := tx.ExecContext(ctx, "UPDATE attempts SET last_sequence = ?1 WHERE run = ?2 AND number = ?3 AND last_sequence = ?1 - 1 AND status = 'running'",
		a.Sequence, a.Run, a.Attempt)
	if err != nil {
		return err
	}
	hidden, ended := false, false
	if n, err := row.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		var next bool
		if next, hidden, ended, err = a.advance(ctx, tx); err != nil || !next {
			return err
		}
	}
	if hidden {
		if err := a.supersede(ctx, tx); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO journal (kind, run, attempt, sequence, payload) VALUES ('points', ?, ?, ?, ?)", a.Run, a.Attempt, a.Sequence, a.payload); err != nil {
		return err
	}
	for i := range a.tallies {
		if err := addSummary(ctx, tx, a.Run, &a.tallies[i], false); err != nil {
			return err
		}
	}
	if ended {
		return fileResults(ctx, tx, a.Run)
	}
	return nil
}

// advance finds out why a batch is not simply the next one of a running attempt. A late one of an attempt that has ended is
// the next, too: it is hidden where a resume has superseded it, and it changes the results of a run that has ended.
func (a *appending) advance(ctx context.Context, tx *sql.Tx) (next, hidden, ended bool, err error) {
	var last int64
	err = tx.QueryRowContext(ctx, `SELECT a.last_sequence, a.kept_sequence IS NOT NULL, r.status <> 'running' FROM attempts a JOIN runs r ON r.id = a.run
		WHERE a.run = ? AND a.number = ?`, a.Run, a.Attempt).Scan(&last, &hidden, &ended)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		a.err = fmt.Errorf("%w: there is no such attempt", ErrNotFound)
		return false, false, false, nil
	case err != nil || a.Sequence <= last:
		return false, false, false, err
	case a.Sequence > last+1:
		a.err = fmt.Errorf("%w: a gap, the batch before it was %d", ErrInvalid, last)
		return false, false, false, nil
	}
	_, err = tx.ExecContext(ctx, "UPDATE attempts SET last_sequence = ? WHERE run = ? AND number = ?", a.Sequence, a.Run, a.Attempt)
	return err == nil, hidden, ended, err
}

// close commits what waits and takes no more.
func (g *appends) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.worker.Wait()
}
