package tracker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// stored is the content of a run that lies in a store, as it was when its record was read: what came later is left out. It is
// read a page at a time, each in a transaction of its own.
type stored struct {
	store *Store
	run   RunRecord
}

// Content is the content of a run that RunRecord has read. Where a resume has changed what counts since then, sending it ends in
// ErrConflict: read the record again.
func (s *Store) Content(r RunRecord) Content { return stored{s, r} }

// Send implements Content.
func (x stored) Send(ctx context.Context, to Receiver) error {
	err := x.sendAll(ctx, to)
	if moved := x.unmoved(ctx); moved != nil {
		return moved
	}
	return err
}

func (x stored) sendAll(ctx context.Context, to Receiver) error {
	for _, s := range x.run.Series {
		if err := x.sendSeries(ctx, to, s.name()); err != nil {
			return fmt.Errorf("read %s of run %s: %w", s.name().label(), x.run.ID, err)
		}
	}
	if err := x.sendCaptures(ctx, to); err != nil {
		return fmt.Errorf("read the captures of run %s: %w", x.run.ID, err)
	}
	if err := x.sendTexts(ctx, to); err != nil {
		return fmt.Errorf("read the text samples of run %s: %w", x.run.ID, err)
	}
	return nil
}

// SendPoints hands on the points of a run that RunRecord has read, as its content does, and nothing else.
func (s *Store) SendPoints(ctx context.Context, r RunRecord, to func(ctx context.Context, s Stretch) error) error {
	for _, series := range r.Series {
		if err := (stored{s, r}).sendSeries(ctx, pointsOnly{to: to}, series.name()); err != nil {
			return fmt.Errorf("read %s of run %s: %w", series.name().label(), r.ID, err)
		}
	}
	return stored{s, r}.unmoved(ctx)
}

// pointsOnly is a receiver of points.
type pointsOnly struct {
	Receiver
	to func(ctx context.Context, s Stretch) error
}

func (p pointsOnly) Points(ctx context.Context, s Stretch) error { return p.to(ctx, s) }

// unmoved refuses what was read while a resume changed it.
func (x stored) unmoved(ctx context.Context) error {
	now := RunRecord{ID: x.run.ID}
	if err := now.readAttempts(ctx, x.store.read); err != nil {
		return err
	}
	same := len(now.Attempts) == len(x.run.Attempts)
	for i := range x.run.Attempts {
		same = same && sameKept(now.Attempts[i].KeptSequence, x.run.Attempts[i].KeptSequence)
	}
	if !same {
		return fmt.Errorf("%w: run %s was resumed while it was read; read it again", ErrConflict, x.run.ID)
	}
	return nil
}

func sameKept(a, b *int64) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// sendPage is how many chunks are read at once.
const sendPage = 32

func (x stored) sendSeries(ctx context.Context, to Receiver, name seriesName) error {
	for number, more := 0, true; more; number += sendPage {
		var page *columns
		var err error
		if page, more, err = x.page(ctx, name, number); err == nil {
			err = x.send(ctx, to, name, false, page)
		}
		if err != nil {
			return err
		}
	}
	hidden, err := x.hidden(ctx, name)
	if err != nil {
		return err
	}
	return x.send(ctx, to, name, true, hidden)
}

// hidden reads the superseded points of a series, all at once: they lie in the order of their superseding.
func (x stored) hidden(ctx context.Context, name seriesName) (*columns, error) {
	tx, err := x.store.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	all, damaged, err := supersededColumns(ctx, tx, x.run.ID, name)
	return all.sorted(), errors.Join(append(damaged, err)...)
}

// page reads chunks from a number on. The last page has what the journal holds behind them.
func (x stored) page(ctx context.Context, name seriesName, number int) (c *columns, more bool, err error) {
	tx, err := x.store.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = tx.Rollback() }()
	v := &view{q: tx}
	var folded position
	err = tx.QueryRowContext(ctx, "SELECT id, folded_attempt, folded_sequence FROM series WHERE run = ? AND name = ? AND context = ?", x.run.ID, name.metric, name.context).
		Scan(&v.id, &folded.attempt, &folded.sequence)
	if err != nil {
		return nil, false, err
	}
	c, full, err := v.chunks(ctx, number, sendPage)
	if err != nil || full {
		return c, full, err
	}
	err = v.readJournal(ctx, journalQuery, x.run.ID, name, folded, c)
	return c, false, errors.Join(append(v.damaged, err)...)
}

// chunks reads so many chunks from a number on; full tells that each of them was there, and full.
func (v *view) chunks(ctx context.Context, number, most int) (c *columns, full bool, err error) {
	rows, err := v.q.QueryContext(ctx, "SELECT id, data FROM chunks WHERE id BETWEEN ? AND ? ORDER BY id", chunkID(v.id, number), chunkID(v.id, number+most-1))
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	c = &columns{}
	var scratch []byte
	for next := number; rows.Next(); next++ {
		var id int64
		var blob sql.RawBytes
		if err := rows.Scan(&id, &blob); err != nil {
			return nil, false, err
		}
		var one *columns
		if one, scratch, err = decodeData(blob, scratch); err == nil && id != chunkID(v.id, next) {
			err = fmt.Errorf("%w: it is missing", ErrInvalid)
		}
		if err != nil {
			return nil, false, fmt.Errorf("chunk %d of series %d is damaged: %w", next, v.id, err)
		}
		c.join(one)
	}
	return c, c.len() == most*chunkPoints, rows.Err()
}

// send hands points on in pieces, without what came after the record was read.
func (x stored) send(ctx context.Context, to Receiver, name seriesName, superseded bool, c *columns) error {
	c = c.without(func(at position) bool {
		return at.attempt > len(x.run.Attempts) || at.sequence > x.run.Attempts[at.attempt-1].LastSequence
	})
	for i := 0; i < c.len(); i += sendPage * chunkPoints {
		if err := to.Points(ctx, c.slice(i, min(i+sendPage*chunkPoints, c.len())).stretch(name, superseded)); err != nil {
			return err
		}
	}
	return nil
}

// without leaves out the points of some batches.
func (c *columns) without(drop func(at position) bool) *columns {
	if !slices.ContainsFunc(c.origins, func(o origin) bool { return drop(o.position) }) {
		return c
	}
	kept, at := &columns{}, 0
	for _, o := range c.origins {
		if !drop(o.position) {
			kept.join(c.slice(at, at+o.count))
		}
		at += o.count
	}
	return kept
}
